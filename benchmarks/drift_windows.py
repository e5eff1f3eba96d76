"""Windows of the real table, with and without a planted shift, as row numbers that every detector reads.

A shift of δ draws rows with weights exp(θ·x), with θ such that the expected mean of one feature moves by δ of its
standard deviations; of a categorical feature x says whether a row has the most frequent category. All values stay real.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from jobs.datasets.table import Table

Floats = npt.NDArray[np.float64]
REFERENCE, ROWS = 3_500, 1_000
SIZES = (0.1, 0.2, 0.3, 0.5, 0.8)


@dataclass(frozen=True)
class Windows:
    """Row numbers, shape (windows, rows); `feature`: place of the shifted one or -1; `size`: its δ."""

    reference: npt.NDArray[np.int64]
    current: npt.NDArray[np.int64]
    feature: npt.NDArray[np.int64]
    size: Floats

    def save(self, path: str) -> None:
        np.savez(path, reference=self.reference, current=self.current, feature=self.feature, size=self.size)


def draw(table: Table, quiet: int, repetitions: int, seed: int, sizes: tuple[float, ...] = SIZES) -> Windows:
    """`quiet` windows without shift, then `repetitions` for each feature and size; each has a reference of its own."""
    random = np.random.default_rng(seed)
    signals = [_signal(table.columns[column.name], column.kind) for column in table.schema.columns]
    plan = [(-1, 0.0)] * quiet + [(f, d) for d in sizes for f in range(len(signals)) for _ in range(repetitions)]
    reference, current = [], []
    for feature, size in plan:
        rows = random.permutation(table.rows)
        before, others = rows[:REFERENCE], rows[REFERENCE:]
        reference.append(before)
        if feature < 0:
            current.append(others[:ROWS])
        else:
            weights = tilt(signals[feature][others], size)
            current.append(random.choice(others, ROWS, p=weights))
    return Windows(
        np.array(reference), np.array(current), np.array([f for f, _ in plan]), np.array([d for _, d in plan])
    )


def tilt(signal: Floats, size: float) -> Floats:
    """Weights of the rows under which the mean of the signal is `size` deviations further; sum 1."""
    scaled = (signal - signal.mean()) / signal.std()
    # Towards the side with more room: a share of 0.9 cannot rise by half a deviation.
    way = 1.0 if scaled.max() > -scaled.min() else -1.0
    low, high = 0.0, 50.0
    for _ in range(80):
        middle = (low + high) / 2.0
        weights = _weights(way * middle * scaled)
        low, high = (middle, high) if abs(float(weights @ scaled)) < size else (low, middle)
    return _weights(way * high * scaled)


def _weights(exponents: Floats) -> Floats:
    weights = np.exp(exponents - exponents.max())
    return np.asarray(weights / weights.sum())


def _signal(values: npt.NDArray[Any], kind: str) -> Floats:
    """A number, with gaps at its mean; or whether a row has the most frequent category."""
    if kind == "numeric":
        return np.where(np.isnan(values), np.nanmean(values), values)
    names, counts = np.unique(values.astype(str), return_counts=True)
    return np.asarray(values == names[np.argmax(counts)], dtype=np.float64)
