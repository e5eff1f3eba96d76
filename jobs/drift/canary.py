"""Would a drift be found? Drifts of a known size are planted into windows drawn from the reference itself. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from jobs.drift.categories import Categories
from jobs.drift.config import DriftConfig, FeatureRule
from jobs.drift.counts import CategoryCounts, NumberCounts
from jobs.drift.judge import judge, reasons_of
from jobs.drift.measure import Measured, measure_categories, measure_numbers
from jobs.drift.numbers import Counts, Floats, Numbers
from jobs.drift.reference import Reference

# In standard deviations of the feature; of a category, of whether a row has it. Half of one is seen with the naked eye.
SIZE = 0.5
# Draws of chance for one p-value: a canary is a yes or no far from the limit.
DRAWS = 5_000


@dataclass(frozen=True)
class Canaries:
    """One window for each feature that can drift, in which that one has."""

    planted: int
    missed: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {"planted": self.planted, "found": self.planted - len(self.missed), "missed": list(self.missed)}


def canaries(reference: Reference, rows: int, config: DriftConfig, seed: int) -> Canaries:
    """As the check would judge a window of so many rows; other features are as in the reference."""
    random = np.random.default_rng(seed)
    checked = [name for name in reference.features if not config.features.get(name, FeatureRule()).ignore]
    quiet = {name: _measure(name, reference, rows, config, random, 0.0) for name in checked}
    reasons = reasons_of(rows, reference.repeats, reference.repeats, config)
    planted, missed = 0, []
    for name in checked:
        if np.count_nonzero(_rows(reference.features[name])) < 2:
            continue
        planted += 1
        window = {**quiet, name: _measure(name, reference, rows, config, random, SIZE)}
        said = judge(list(window.values()), {}, reasons, config)
        if not next(one["drifted"] for one in said["features"] if one["feature"] == name):
            missed.append(name)
    return Canaries(planted, tuple(missed))


def _measure(
    name: str, reference: Reference, rows: int, config: DriftConfig, random: np.random.Generator, size: float
) -> Measured:
    known = reference.features[name]
    if isinstance(known, Numbers):
        return measure_numbers(name, known, _numbers(known, rows, random, size), config.seed, DRAWS)
    return measure_categories(name, known, _categories(known, rows, random, size), config.seed, DRAWS)


def _rows(known: Numbers | Categories) -> Floats:
    """Rows of the reference in each bin or category, of all categories that are not listed last."""
    counts = known.counts if isinstance(known, Numbers) else [*known.counts.values(), known.other]
    return np.asarray(counts, dtype=np.float64)


def _numbers(known: Numbers, rows: int, random: np.random.Generator, size: float) -> NumberCounts:
    counts, missing = _drawn(known, known.points, rows, random, size)
    there = known.points[counts > 0] if counts.any() else np.array([np.inf, -np.inf])
    return NumberCounts(counts, missing, float(there.min()), float(there.max()), float(counts @ known.points))


def _categories(known: Categories, rows: int, random: np.random.Generator, size: float) -> CategoryCounts:
    listed = _rows(known)
    counts, missing = _drawn(known, listed == listed.max(), rows, random, size)
    return CategoryCounts(counts[:-1], int(counts[-1]), missing)


def _drawn(
    known: Numbers | Categories, signal: npt.ArrayLike, rows: int, random: np.random.Generator, size: float
) -> tuple[Counts, int]:
    """Rows in each bin, and without a value."""
    before = _rows(known)
    present = int(before.sum())
    missing = int(random.binomial(rows, known.missing / max(present + known.missing, 1))) if present else rows
    if not present:
        return np.zeros(len(before), dtype=np.int64), missing
    shares = tilted(before / present, np.asarray(signal, dtype=np.float64), size)
    return random.multinomial(rows - missing, shares), missing


def tilted(shares: Floats, signal: Floats, size: float) -> Floats:
    """Shares under which the mean of the signal is `size` deviations further, towards the side with more room."""
    mean = float(shares @ signal)
    deviation = float(np.sqrt(shares @ (signal - mean) ** 2))
    if size == 0.0 or deviation == 0.0:
        return shares
    scaled = (signal - mean) / deviation
    way = 1.0 if scaled[shares > 0].max() > -scaled[shares > 0].min() else -1.0
    low, high = 0.0, 50.0
    for _ in range(60):
        middle = (low + high) / 2
        short = abs(float(_weights(shares, way * middle * scaled) @ scaled)) < size
        low, high = (middle, high) if short else (low, middle)
    return _weights(shares, way * high * scaled)


def _weights(shares: Floats, exponents: Floats) -> Floats:
    weights = shares * np.exp(exponents - exponents.max())
    return np.asarray(weights / weights.sum())
