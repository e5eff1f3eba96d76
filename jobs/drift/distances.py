"""How far two distributions over the same bins are apart; each takes shares of shape (…, bins)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Distance = Callable[[Floats, Floats], Floats]

# An empty bin would make the index infinite.
FLOOR = 1e-4


def psi(reference: Floats, current: Floats) -> Floats:
    """Population stability index: sum of (c - r)·ln(c / r); usually read as stable below 0.1, moved above 0.2."""
    r, c = np.maximum(reference, FLOOR), np.maximum(current, FLOOR)
    return np.asarray(np.sum((c - r) * np.log(c / r), axis=-1))


def jensen_shannon(reference: Floats, current: Floats) -> Floats:
    """Jensen-Shannon distance with logarithms to base 2: 0 for equal shares, 1 for none in common."""
    middle = (reference + current) / 2.0
    # The logarithm of an empty bin is multiplied by nothing.
    of = [np.sum(p * np.log2(np.where(p > 0, p / np.where(middle > 0, middle, 1), 1)), axis=-1) for p in
          (reference, current)]  # fmt: skip
    return np.asarray(np.sqrt(np.maximum((of[0] + of[1]) / 2.0, 0.0)))


def variation(reference: Floats, current: Floats) -> Floats:
    """Total variation: the share of rows that would have to change their bin."""
    return np.asarray(np.sum(np.abs(current - reference), axis=-1) / 2.0)


def kolmogorov_smirnov(reference: Floats, current: Floats) -> Floats:
    """Largest difference of the cumulated shares, at the edges of ordered bins."""
    return np.asarray(np.max(np.abs(np.cumsum(current - reference, axis=-1)), axis=-1))


def wasserstein(reference: Floats, current: Floats, points: Floats) -> Floats:
    """Distance that the mass must be moved, in the unit of the `points` at which the bins stand; shape (bins,)."""
    gaps = np.diff(points)
    return np.asarray(np.sum(np.abs(np.cumsum(current - reference, axis=-1)[..., :-1]) * gaps, axis=-1))
