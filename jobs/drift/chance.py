"""How often two samples of one distribution are this far apart, by their sizes; numpy only.

Each function returns a p-value: small means that chance alone does not explain the distance.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt

from jobs.drift.distances import Distance, Floats, jensen_shannon, psi
from jobs.drift.special import chi_square_tail, kolmogorov_tail, log_factorials, normal_tail

Counts = npt.NDArray[np.int64]
Random = np.random.Generator
Draw = Callable[[int], Floats]

BATCH = 500
# Chance as large as this is told after so many exceedances (Besag and Clifford 1991): most features are quiet.
ENOUGH = 25
# Below this many expected rows in a bin the chi-square approximation is left for permutations.
EXPECTED = {"chi_square": 5.0, "psi": 20.0, "jensen_shannon": 20.0}
WIDE = 100_000


def simulated(observed: float, draw: Draw, limit: int) -> float:
    """Share of draws of the null distribution at or above `observed`; stops early when it is plainly not rare."""
    total = above = 0
    while total < limit:
        hits = np.flatnonzero(draw(BATCH) >= observed)
        if above + len(hits) >= ENOUGH:
            return ENOUGH / float(total + hits[ENOUGH - above - 1] + 1)
        above, total = above + len(hits), total + BATCH
    return (above + 1) / (total + 1)


def kolmogorov_smirnov(distance: float, reference: Counts, current: Counts, random: Random, limit: int) -> float:
    """Kolmogorov's distribution bounds the p-value on bins from above; the simulation makes it exact where it can."""
    bound = kolmogorov_tail(distance / _scale(reference, current))
    if bound < 1.0 / limit:
        return bound
    return min(bound, simulated(distance, lambda n: np.max(np.abs(_bridges(reference, current, random, n)), axis=1,
                                                          initial=0.0), limit))  # fmt: skip


def wasserstein(
    distance: float, reference: Counts, current: Counts, points: Floats, random: Random, limit: int
) -> float:
    """Simulated; far out, where no draw gets, bounded by the concentration of Gaussian processes (Borell-TIS)."""
    gaps = np.diff(points)

    def draw(number: int) -> Floats:
        return np.abs(_bridges(reference, current, random, number)) @ gaps

    some = draw(2 * BATCH)
    expected = float(some.mean() + 3.0 * some.std() / np.sqrt(len(some)))
    shares = _pooled(reference, current)
    spread = float(shares @ points**2 - (shares @ points) ** 2)
    beyond = max(distance - expected, 0.0)
    scale = max(spread, 1e-300) * _scale(reference, current) ** 2
    bound = float(np.exp(-(beyond**2) / (2.0 * scale)))
    return bound if bound < 1.0 / limit else min(bound, simulated(distance, draw, limit))


def chi_square(reference: Counts, current: Counts, random: Random, limit: int) -> float:
    """Pearson's test that both have the same shares; by permutations where few rows are expected in a bin."""
    return _contingency("chi_square", reference, current, random, limit)


def divergence(name: str, reference: Counts, current: Counts, random: Random, limit: int) -> float:
    """Of `psi` and `jensen_shannon`: both are a chi-square by first order, scaled by the sizes of the samples."""
    return _contingency(name, reference, current, random, limit)


def exact(k: int, n: int, x: int, m: int, *, more: bool = False) -> float:
    """Fisher's test of `k` among `n` rows before against `x` among `m` now; `more`: only a rise counts."""
    total = k + x
    low, high = max(0, total - n), min(total, m)
    if low == high:
        return 1.0
    if high - low > WIDE:
        share = total / (n + m)
        z = (x / m - k / n) / math.sqrt(share * (1.0 - share) * (1.0 / n + 1.0 / m))
        return normal_tail(z) if more else 2.0 * normal_tail(abs(z))
    support = np.arange(low, high + 1)
    mass = np.exp(
        _choose(m, support) + _choose(n, total - support) - _choose(n + m, np.array([total]))
    )  # fmt: skip
    rare = support >= x if more else mass <= mass[x - low] * (1.0 + 1e-7)
    return float(min(mass[rare].sum(), 1.0))


def below(difference: float, variance: float) -> float:
    """Chance of a difference this low or lower, when nothing has changed; one-sided, normal."""
    return normal_tail(-difference / math.sqrt(variance)) if variance > 0 else float(difference >= 0)


def _contingency(name: str, reference: Counts, current: Counts, random: Random, limit: int) -> float:
    used = (reference + current) > 0
    r, c = reference[used], current[used]
    n, m = int(r.sum()), int(c.sum())
    if len(r) < 2 or n == 0 or m == 0:
        return 1.0
    pooled = r + c
    statistic = partial(_statistic, name, pooled=pooled, n=n, m=m)
    observed = float(statistic(c))
    if float(pooled.min()) * min(n, m) / (n + m) >= EXPECTED[name]:
        return chi_square_tail(len(r) - 1, observed)
    # The observed value is itself one of the draws: rounding must not make it larger than they are.
    return simulated(
        observed * (1.0 - 1e-9),
        lambda number: statistic(random.multivariate_hypergeometric(pooled, m, size=number, method="marginals")),
        limit,
    )


def _statistic(name: str, current: Counts, *, pooled: Counts, n: int, m: int) -> Floats:
    """Scaled so that it is nearly chi-square with bins - 1 degrees of freedom; `current` has shape (…, bins)."""
    r, c = (pooled - current) / n, current / m
    size = n * m / (n + m)
    if name == "chi_square":
        return np.asarray(np.sum((c - r) ** 2 / (pooled / (n + m)), axis=-1) * size)
    distance: Distance = psi if name == "psi" else jensen_shannon
    return distance(r, c) * size if name == "psi" else distance(r, c) ** 2 * np.log(2.0) * 8.0 * size


def _bridges(reference: Counts, current: Counts, random: Random, number: int) -> Floats:
    """Differences of the cumulated shares under no change, at the inner edges; shape (number, bins - 1)."""
    shares = _pooled(reference, current)
    steps = random.standard_normal((number, len(shares))) * np.sqrt(shares)
    walk = np.cumsum(steps, axis=1)
    bridge: Floats = walk[:, :-1] - walk[:, -1:] * np.cumsum(shares)[:-1]
    return bridge * _scale(reference, current)


def _pooled(reference: Counts, current: Counts) -> Floats:
    return np.asarray((reference + current) / (reference.sum() + current.sum()))


def _scale(reference: Counts, current: Counts) -> float:
    return float(np.sqrt(1.0 / reference.sum() + 1.0 / current.sum()))


def _choose(n: int, k: Counts) -> Floats:
    """ln of n over k."""
    return log_factorials(np.array([n])) - log_factorials(k) - log_factorials(n - k)
