"""Tails of the distributions that tests need; stdlib and numpy, because importing scipy costs more than the tests."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_TINY = 1e-300
_PRECISION = 1e-15


def chi_square_tail(freedom: int, value: float) -> float:
    """Chance of a chi-square with this many degrees of freedom at or above `value`: the incomplete gamma function.

    By its series near zero and Lentz's continued fraction beyond (Numerical Recipes, 6.2).
    """
    a, x = freedom / 2.0, value / 2.0
    if x <= 0.0:
        return 1.0
    front = math.exp(max(a * math.log(x) - x - math.lgamma(a), -745.0))
    if x < a + 1.0:
        term = total = 1.0 / a
        place = a
        while abs(term) > abs(total) * _PRECISION:
            place += 1.0
            term *= x / place
            total += term
        return max(1.0 - front * total, 0.0)
    b = x + 1.0 - a
    c, d = 1.0 / _TINY, 1.0 / b
    fraction = d
    for i in range(1, 100_000):
        b += 2.0
        d = 1.0 / (-i * (i - a) * d + b or _TINY)
        c = b - i * (i - a) / c or _TINY
        fraction *= d * c
        if abs(d * c - 1.0) < _PRECISION:
            break
    return front * fraction


def normal_tail(value: float) -> float:
    """Chance of a standard normal at or above `value`."""
    return math.erfc(value / math.sqrt(2.0)) / 2.0


def kolmogorov_tail(value: float) -> float:
    """Chance that the largest distance of a Brownian bridge from zero is at or above `value`."""
    if value < 0.2:
        return 1.0  # less than 1e-25 away from it, and the series would need many terms
    terms = ((-1.0) ** (k - 1) * math.exp(-2.0 * (k * value) ** 2) for k in range(1, 30))
    return min(max(2.0 * sum(terms), 0.0), 1.0)


def log_factorials(values: npt.NDArray[np.int64]) -> Floats:
    """ln(k!) for whole numbers from zero; Stirling's series where it is exact to double precision."""
    k = values.astype(np.float64)
    big = np.maximum(k, 32.0)
    series = 1.0 / (12.0 * big) - 1.0 / (360.0 * big**3) + 1.0 / (1260.0 * big**5) - 1.0 / (1680.0 * big**7)
    stirling = big * np.log(big) - big + 0.5 * np.log(2.0 * math.pi * big) + series
    return np.where(k < 32, _SMALL[np.minimum(values, 31)], stirling)


_SMALL = np.array([math.lgamma(k + 1.0) for k in range(32)])
