"""The p-values are what they say: uniform when nothing has changed, and those of other implementations."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats  # type: ignore[import-untyped]  # no stubs

from jobs.drift import chance, distances
from jobs.drift.config import Correction
from jobs.drift.correction import adjusted
from jobs.drift.numbers import numbers_of
from jobs.drift.special import chi_square_tail, kolmogorov_tail, log_factorials, normal_tail

LIMIT = 2_000
CORRECTIONS: tuple[Correction, ...] = ("holm", "benjamini_hochberg", "none")
shares = st.lists(st.floats(0.01, 1), min_size=2, max_size=10).map(lambda xs: np.array(xs) / sum(xs))


@given(st.integers(1, 300), st.floats(0, 2_000))
def test_the_tail_of_chi_square_is_that_of_scipy(freedom: int, value: float) -> None:
    assert chi_square_tail(freedom, value) == pytest.approx(special.chdtrc(freedom, value), rel=1e-9, abs=1e-290)


@given(st.floats(0, 10))
def test_the_other_tails_are_those_of_scipy(value: float) -> None:
    assert kolmogorov_tail(value) == pytest.approx(special.kolmogorov(value), rel=1e-9, abs=1e-14)
    assert normal_tail(value) == pytest.approx(special.ndtr(-value), rel=1e-12)
    whole = np.array([int(value * 1e5)])
    assert log_factorials(whole)[0] == pytest.approx(math.lgamma(whole[0] + 1), rel=1e-14, abs=1e-12)


@given(st.integers(0, 40), st.integers(40, 90), st.integers(0, 30), st.integers(30, 60))
def test_fishers_test_is_that_of_scipy(k: int, n: int, x: int, m: int) -> None:
    table = [[x, m - x], [k, n - k]]
    assert chance.exact(k, n, x, m) == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-6)
    one_sided = stats.fisher_exact(table, alternative="greater").pvalue
    assert chance.exact(k, n, x, m, more=True) == pytest.approx(one_sided, rel=1e-6)


def test_of_millions_of_rows_fishers_test_is_the_normal_one() -> None:
    assert chance.exact(500_000, 1_000_000, 501_000, 1_000_000) == pytest.approx(0.157, abs=0.001)
    assert chance.exact(500_000, 1_000_000, 501_000, 1_000_000, more=True) == pytest.approx(0.0786, abs=0.001)


@pytest.mark.parametrize("few", [False, True])
@pytest.mark.parametrize("name", ["ks", "wasserstein", "chi_square", "psi", "jensen_shannon"])
def test_without_change_p_values_are_uniform(name: str, few: bool) -> None:
    """Also with few expected rows in the bins. 200 windows: the bounds are 4 deviations of a share of 0.05 and 0.5."""
    random = np.random.default_rng(7)
    found = []
    for _ in range(200):
        known = numbers_of(random.gamma(0.5 if few else 2.0, size=400 if few else 2_000))
        now = known.count(random.gamma(0.5 if few else 2.0, size=150 if few else 600))
        if name in ("ks", "wasserstein"):
            r, c = known.counts / known.counts.sum(), now / now.sum()
            found.append(
                chance.kolmogorov_smirnov(float(distances.kolmogorov_smirnov(r, c)), known.counts, now, random, LIMIT)
                if name == "ks"
                else chance.wasserstein(
                    float(distances.wasserstein(r, c, known.points)), known.counts, now, known.points, random, LIMIT
                )
            )
            continue
        group = np.minimum(np.arange(len(known.counts)) // 10, 9)
        r, c = (np.bincount(group, one, minlength=10).astype(np.int64) for one in (known.counts, now))
        how = chance.chi_square if name == "chi_square" else lambda *given: chance.divergence(name, *given)
        found.append(how(r, c, random, LIMIT))
    assert np.mean(np.array(found) <= 0.05) <= 0.05 + 4 * math.sqrt(0.05 * 0.95 / 200)
    assert abs(np.mean(np.array(found) <= 0.5) - 0.5) <= 4 * math.sqrt(0.25 / 200)


def test_far_out_p_values_are_below_what_simulation_can_show() -> None:
    random = np.random.default_rng(7)
    known = numbers_of(random.normal(size=5_000))
    now = known.count(random.normal(0.5, size=1_000))
    r, c = known.counts / known.counts.sum(), now / now.sum()
    d, w = float(distances.kolmogorov_smirnov(r, c)), float(distances.wasserstein(r, c, known.points))
    assert w == pytest.approx(0.5, abs=0.1)
    assert chance.kolmogorov_smirnov(d, known.counts, now, random, LIMIT) < 1e-20
    assert chance.wasserstein(w, known.counts, now, known.points, random, LIMIT) < 1e-20


@given(shares, st.integers(0, 9))
def test_every_distance_is_symmetric_zero_for_equals_and_never_negative(one: np.ndarray, turn: int) -> None:
    other, points = np.roll(one, turn), np.arange(len(one), dtype=np.float64)
    for distance in (
        distances.psi, distances.jensen_shannon, distances.variation, distances.kolmogorov_smirnov,
        lambda a, b: distances.wasserstein(a, b, points),
    ):  # fmt: skip
        assert distance(one, one) == 0
        assert distance(one, other) >= 0
        assert distance(one, other) == pytest.approx(distance(other, one), abs=1e-12)


def test_jensen_shannon_is_that_of_scipy_and_one_for_nothing_in_common() -> None:
    from scipy.spatial.distance import jensenshannon  # type: ignore[import-untyped]  # no stubs

    one, other = np.array([0.2, 0.8, 0.0]), np.array([0.5, 0.1, 0.4])
    assert distances.jensen_shannon(one, other) == pytest.approx(jensenshannon(one, other, base=2))
    assert distances.jensen_shannon(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == 1.0


@given(st.lists(st.floats(0, 1), max_size=30))
def test_corrections_keep_the_order_and_never_make_a_value_smaller(values: list[float]) -> None:
    for correction in CORRECTIONS:
        after = np.array(adjusted(values, correction))
        assert np.all(after >= np.array(values) * (1 - 1e-15))
        assert np.all(np.diff(after[np.argsort(values, kind="stable")]) >= 0)


def test_corrections_are_those_of_the_textbook() -> None:
    values = [0.01, 0.04, 0.03, 0.005]
    assert adjusted(values, "holm") == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert adjusted(values, "benjamini_hochberg") == pytest.approx([0.02, 0.04, 0.04, 0.02])
    assert adjusted(values, "none") == values
