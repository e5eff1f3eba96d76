"""Where a figure is going, and when it gets to its limit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.monitoring.config import CapacityConfig, Monitoring
from jobs.monitoring.prometheus import Series
from jobs.reports.capacity import allowed_requests, resource
from jobs.reports.trend import DAY, HOUR, Floats, busy, trend

END = datetime(2026, 11, 21, tzinfo=UTC)
CONFIG = Monitoring(kind="monitoring", model="m", capacity=CapacityConfig(headroom=0.25, horizon_days=100))


def days(count: int) -> Floats:
    return END.timestamp() - DAY * np.arange(count - 1.0, -1.0, -1.0)


def growing(count: int, start: float, rise: float, noise: float = 0.0, seed: int = 0) -> Series:
    random = np.random.default_rng(seed)
    return Series({}, days(count), start + rise * np.arange(count) + noise * random.standard_normal(count))


def test_a_line_is_found_and_the_day_it_reaches_what_is_usable() -> None:
    found = resource("memory", "MiB", growing(29, 100, 2), 400.0, CONFIG, END)
    assert found.trend
    assert found.trend.level == pytest.approx(156)
    assert found.trend.slope == pytest.approx(2)
    assert found.usable == 300.0
    assert found.reached == END + timedelta(days=72)
    assert found.verdict == "soon"


@pytest.mark.parametrize(
    ("series", "limit", "verdict"),
    [
        (growing(29, 100, 0.1), 400.0, "fine"),  # after the horizon
        (growing(29, 100, -1), 400.0, "fine"),
        (growing(29, 400, -1), 400.0, "reached"),  # still above what is usable
        (growing(4, 100, 2), 400.0, "unknown"),
        (growing(29, 100, 2), None, "unknown"),
        (None, 400.0, "unknown"),
    ],
)
def test_the_verdict_says_what_is_known(series: Series | None, limit: float | None, verdict: str) -> None:
    found = resource("x", "u", series, limit, CONFIG, END)
    assert found.verdict == verdict
    assert (found.reached is not None) == (verdict == "reached")
    assert bool(found.reason) == (verdict == "unknown")


def test_growth_that_may_be_chance_is_no_date_but_an_earliest_one() -> None:
    found = resource("x", "u", growing(20, 100, 0.1, noise=20, seed=3), 200.0, CONFIG, END)
    assert found.trend
    assert found.trend.low < 0 < found.trend.high
    assert (found.reached, found.verdict) == (None, "fine")
    assert found.earliest
    assert found.earliest > END


def test_the_interval_holds_the_true_slope_in_95_of_100_cases() -> None:
    held = 0
    for seed in range(300):
        series = growing(28, 10, 1.0, noise=3, seed=seed)
        found = trend(series.times, series.values)
        assert found
        held += found.low <= 1.0 <= found.high
    assert 0.91 <= held / 300 <= 0.99


def test_one_bad_day_moves_the_line_little() -> None:
    series = growing(29, 100, 2)
    series.values[20] = 5000
    found = trend(series.times, series.values)
    assert found
    assert found.slope == pytest.approx(2, abs=0.1)


def test_busy_is_the_95th_percentile_of_each_day_and_of_hours_in_a_short_history() -> None:
    quarters: Floats = END.timestamp() + 900.0 * np.arange(10.0 * 96)
    times, values = busy(quarters, np.tile(np.arange(96.0), 10))
    assert len(times) == 10
    assert values.tolist() == pytest.approx([90.25] * 10)
    times, values = busy(quarters[:8], np.arange(8.0))
    assert (np.diff(times) == HOUR).all()
    assert values.tolist() == pytest.approx([2.85, 6.85])
    assert len(busy(np.zeros(0), np.zeros(0))[0]) == 0


@given(st.lists(st.floats(-1e6, 1e6), min_size=5, max_size=40))
def test_whatever_the_values_are_the_slope_lies_in_its_interval(values: list[float]) -> None:
    found = trend(days(len(values)), np.array(values))
    assert found
    assert found.low <= found.slope <= found.high


def test_requests_are_limited_by_what_a_request_costs_beside_idling() -> None:
    times = np.arange(6.0)
    requests = Series({}, times, np.array([0.0, 0.0, 10.0, 20.0, 30.0, 10.0]))
    cpu = Series({}, times[:5] + 0.0, 0.05 + requests.values[:5] / 100)
    assert allowed_requests(requests, cpu, 2.05) == pytest.approx(200.0)


@pytest.mark.parametrize("load", [[1.0] * 8, [0.0, 1.0], [1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0]])
def test_a_load_that_says_nothing_of_cost_sets_no_limit(load: list[float]) -> None:
    times = np.arange(float(len(load)))
    idle = Series({}, times, 0.004 + 0.001 * (times % 3))
    assert allowed_requests(Series({}, times, np.array(load)), idle, 4.0) is None
    assert allowed_requests(None, idle, 4.0) is None
    assert allowed_requests(idle, idle, None) is None
