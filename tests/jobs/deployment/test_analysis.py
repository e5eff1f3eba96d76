"""Figures → verdict: bad versions fail, good ones do not, however often they are looked at."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats  # type: ignore[import-untyped]  # scipy has no types

from jobs.deployment.analysis import judge, surely_more
from jobs.deployment.figures import Side, Spread
from jobs.deployment.policy import Limits

LIMITS = Limits()
EDGES = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0)
LOOKS = 200


def side(random: np.random.Generator, requests: int, errors: float = 0.0, seconds: float = 0.004) -> Side:
    times = random.lognormal(math.log(seconds), 0.5, requests)
    counts = np.bincount(np.searchsorted(EDGES, times), minlength=len(EDGES) + 1)
    bins = np.histogram(random.beta(1, 3, requests), bins=20, range=(0, 1))[0]
    return Side(
        requests=requests, errors=int(random.binomial(requests, errors)),
        seconds=Spread(edges=EDGES, counts=tuple(map(int, counts))), predictions=tuple(map(int, bins)),
    )  # fmt: skip


def test_a_good_version_fails_less_often_than_the_level_whatever_the_looks() -> None:
    refused = 0
    for seed in range(60):
        random = np.random.default_rng(seed)
        new, stable = Side(), Side()
        for _ in range(20):
            new, stable = new + side(random, 20, errors=0.005), stable + side(random, 100, errors=0.005)
            refused += judge(new, stable, LIMITS, 100, LOOKS).verdict == "fail"
    assert refused == 0


@pytest.mark.parametrize(
    ("bad", "word"), [({"errors": 0.2}, "errors"), ({"seconds": 0.4}, "p95"), ({"seconds": 0.05}, "beside")]
)
def test_a_bad_version_fails_and_the_reason_names_the_figure(bad: dict[str, float], word: str) -> None:
    random = np.random.default_rng(1)
    found = judge(side(random, 300, **bad), side(random, 3000), LIMITS, 100, LOOKS)
    assert found.verdict == "fail"
    assert any(reason.startswith(word) or word in reason for reason in found.reasons)
    assert all("predictions" not in reason for reason in found.reasons)


def test_slower_than_the_stable_side_is_too_slow_beyond_the_factor_and_the_floor_only() -> None:
    """Three times, and 25 ms: a p95 of 100 ms beside 45 ms is allowed, and so is one of 18 ms beside 1 ms."""
    for new, stable, verdict in ((0.04, 0.02, "pass"), (0.008, 0.0005, "pass"), (0.08, 0.008, "fail")):
        random = np.random.default_rng(5)
        found = judge(side(random, 300, seconds=new), side(random, 3000, seconds=stable), LIMITS, 100, LOOKS)
        assert found.verdict == verdict, (new, stable)


def test_predictions_that_moved_fail_and_those_of_few_rows_do_not() -> None:
    random = np.random.default_rng(2)
    good = side(random, 1000)
    moved = good.model_copy(update={"predictions": good.predictions[::-1]})
    assert judge(moved, good, LIMITS, 100, LOOKS).verdict == "fail"
    few = Side(requests=3, predictions=(*(0,) * 19, 3))
    assert judge(few, good, LIMITS, 3, LOOKS).verdict == "pass"


def test_a_small_shift_of_very_many_rows_is_allowed() -> None:
    million = Side(requests=1_000_000, predictions=(500_000, 500_000))
    other = Side(requests=1_000_000, predictions=(490_000, 510_000))
    assert judge(other, million, LIMITS, 100, LOOKS).verdict == "pass"


def test_few_requests_are_inconclusive_unless_they_are_plainly_bad() -> None:
    random = np.random.default_rng(3)
    found = judge(side(random, 20), side(random, 1000), LIMITS, 100, LOOKS)
    assert found.verdict == "inconclusive"
    assert "20 requests" in found.reasons[0]
    assert judge(Side(requests=20, errors=20), side(random, 1000), LIMITS, 100, LOOKS).verdict == "fail"
    assert judge(Side(), side(random, 1000), LIMITS, 100, LOOKS).verdict == "inconclusive"


def test_without_figures_of_the_stable_side_only_the_absolute_limits_hold() -> None:
    random = np.random.default_rng(4)
    assert judge(side(random, 300, seconds=0.05), Side(), LIMITS, 100, LOOKS).verdict == "pass"
    assert judge(side(random, 300, seconds=0.4), Side(), LIMITS, 100, LOOKS).verdict == "fail"


@given(st.integers(0, 300), st.integers(1, 300), st.floats(0.001, 0.5), st.floats(1e-6, 0.1))
def test_more_than_a_share_is_told_as_the_binomial_test_tells_it(
    count: int, total: int, share: float, level: float
) -> None:
    count = min(count, total)
    tail = stats.binom.sf(count - 1, total, share)
    if abs(tail - level) > 1e-6 * level:
        assert surely_more(count, total, share, level) == (count > share * total and tail < level)


def test_of_no_errors_allowed_one_is_too_many() -> None:
    assert surely_more(1, 10_000, 0.0, 1e-9)
    assert not surely_more(0, 10_000, 0.0, 0.5)
    assert not surely_more(0, 0, 0.1, 0.5)
