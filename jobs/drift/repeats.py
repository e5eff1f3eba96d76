"""How many rows of a table are copies of other rows; stdlib only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from jobs.datasets.table import Table

# More rows say nothing new and cost seconds.
ROWS = 20_000


@dataclass(frozen=True)
class Repeats:
    """`distinct` different rows among `rows`."""

    rows: int
    distinct: int

    @property
    def share(self) -> float:
        """Share of rows that are copies of an earlier one."""
        return 1.0 - self.distinct / self.rows if self.rows else 0.0

    def to_json(self) -> dict[str, int]:
        return {"rows": self.rows, "distinct": self.distinct}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Repeats:
        """Raises KeyError, TypeError or ValueError on anything `to_json` does not write."""
        return cls(int(data["rows"]), int(data["distinct"]))


def repeats_of(table: Table) -> Repeats:
    """Of rows spread evenly over the table, at most `ROWS`."""
    rows = np.unique(np.linspace(0, table.rows - 1, num=min(table.rows, ROWS)).astype(np.intp))
    columns = []
    for values in table.columns.values():
        # A NaN is not equal to itself; one object for all of them is.
        some = values[rows].astype(object)
        some[some != some] = None
        columns.append(some.tolist())
    return Repeats(len(rows), len(set(zip(*columns, strict=True))))
