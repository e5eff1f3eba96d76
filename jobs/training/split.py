"""Seeded split of the rows, drawn per class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jobs.errors import DataError

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Parts:
    """Row numbers of each part, ascending; together every row once."""

    train: Rows
    valid: Rows
    test: Rows


def split_rows(labels: npt.NDArray[np.int8], valid: float, test: float, seed: int) -> Parts:
    """Raises DataError when a class has too few rows to be in every part."""
    generator = np.random.default_rng(seed)
    train_rows: list[Rows] = []
    valid_rows: list[Rows] = []
    test_rows: list[Rows] = []
    for value in (0, 1):
        rows = generator.permutation(np.flatnonzero(labels == value))
        held_valid, held_test = round(len(rows) * valid), round(len(rows) * test)
        if min(held_valid, held_test, len(rows) - held_valid - held_test) < 1:
            raise DataError(
                "a class has too few rows to be in the training, validation and test part",
                given=f"{len(rows)} rows of class {'positive' if value else 'negative'}",
                allowed=f"at least {int(np.ceil(1 / min(valid, test)))}",
            )
        valid_rows.append(rows[:held_valid])
        test_rows.append(rows[held_valid : held_valid + held_test])
        train_rows.append(rows[held_valid + held_test :])
    return Parts(_sorted(train_rows), _sorted(valid_rows), _sorted(test_rows))


def _sorted(parts: list[Rows]) -> Rows:
    return np.sort(np.concatenate(parts))
