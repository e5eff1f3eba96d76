"""Seeded, stratified folds for cross-validation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jobs.errors import DataError
from jobs.training.split import Rows


@dataclass(frozen=True)
class Fold:
    """Row numbers, ascending: a candidate is fitted on `fit` and judged on `held`."""

    fit: Rows
    held: Rows


def make_folds(labels: npt.NDArray[np.int8], rows: Rows, count: int, seed: int) -> tuple[Fold, ...]:
    """`count` folds of these rows of `labels`; every row is held once, each class is spread evenly.

    Raises DataError when a class has fewer rows than there are folds.
    """
    generator = np.random.default_rng([seed, count])
    place = np.empty(len(rows), dtype=np.intp)
    for value in (0, 1):
        of_class = generator.permutation(np.flatnonzero(labels[rows] == value))
        if len(of_class) < count:
            raise DataError(
                "a class has too few rows to be in every fold",
                given=f"{len(of_class)} rows of class {'positive' if value else 'negative'}",
                allowed=f"at least {count}, the number of folds",
            )
        # The second class is dealt in the other direction, so that sizes differ by one row at most.
        dealt = np.arange(len(of_class)) % count
        place[of_class] = dealt if value == 0 else count - 1 - dealt
    return tuple(Fold(np.sort(rows[place != fold]), np.sort(rows[place == fold])) for fold in range(count))
