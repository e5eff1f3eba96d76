"""The rows that are checked: counted in the reference's bins, with a sample of whole rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from jobs.datasets.table import Rows, Table
from jobs.drift.counts import CategoryCounts, NumberCounts, count_column
from jobs.drift.reference import Reference

UNKNOWN = -1


@dataclass(frozen=True)
class Window:
    """`rows`: of the whole window; `sample`: rows drawn by chance; `labels`: theirs as 0, 1 or `UNKNOWN`, or None."""

    rows: int
    features: dict[str, NumberCounts | CategoryCounts]
    sample: Table
    labels: npt.NDArray[np.int8] | None = None


def sampled(rows: int, wanted: int, seed: int) -> Rows:
    """Places of rows drawn by chance, in order; all of them when there are no more than wanted."""
    if rows <= wanted:
        return np.arange(rows, dtype=np.intp)
    return np.sort(np.random.default_rng(seed).choice(rows, wanted, replace=False).astype(np.intp))


def window_of(
    table: Table, reference: Reference, scored_rows: int, seed: int = 0, labels: npt.NDArray[Any] | None = None
) -> Window:
    """A table in memory; `labels` where the table itself has none because some are not known."""
    features = {name: count_column(known, table.columns[name]) for name, known in reference.features.items()}
    rows = sampled(table.rows, scored_rows, seed)
    found = table.labels if labels is None else labels
    return Window(table.rows, features, table.take(rows), None if found is None else found[rows].astype(np.int8))
