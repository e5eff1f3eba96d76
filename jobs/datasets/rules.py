"""The schema's rules for values as a pandera schema, and what breaks them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from jobs.datasets.schema import Column, Schema

if TYPE_CHECKING:
    import pandera.pandas as pandera

FLOAT32_MAX = float(np.finfo(np.float32).max)
NOT_NULLABLE = "is missing and the column is not nullable"


@dataclass(frozen=True)
class Broken:
    """One rule of one column, and the rows that break it, counted from 0."""

    column: str
    rule: str
    rows: npt.NDArray[np.intp]


def broken_rules(schema: Schema, columns: Mapping[str, npt.NDArray[Any]]) -> list[Broken]:
    """Columns as a Table has them; those that are not given are not checked. In the order of columns and rules."""
    import pandas as pd
    import pandera.pandas as pandera

    checked = [column for column in schema.columns if column.name in columns]
    frame = pd.DataFrame(
        {one.name: pd.Series(columns[one.name], dtype=columns[one.name].dtype, name=one.name) for one in checked}
    )
    try:
        pandera.DataFrameSchema({column.name: _rules(column) for column in checked}).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as error:
        cases = error.failure_cases
        grouped = cases.groupby(["column", "check"], sort=False)["index"]
        broken = [
            Broken(str(column), NOT_NULLABLE if rule == "not_nullable" else str(rule), np.sort(rows.to_numpy(np.intp)))
            for (column, rule), rows in grouped
        ]
        order = {column.name: place for place, column in enumerate(checked)}
        return sorted(broken, key=lambda one: order[one.column])
    return []


def _rules(column: Column) -> pandera.Column:
    import pandera.pandas as pandera

    if column.kind == "categorical":
        allowed = column.categories
        rules = [pandera.Check.isin(allowed, error=f"is no category; allowed are {sorted(allowed)}")] if allowed else []
        return pandera.Column(object, rules, nullable=column.nullable)
    limit = "is out of range; allowed is ±3.4e38"
    rules = [pandera.Check.in_range(-FLOAT32_MAX, FLOAT32_MAX, error=limit)]
    if column.minimum is not None:
        rules.append(pandera.Check.ge(column.minimum, error=f"is below the minimum {column.minimum:g}"))
    if column.maximum is not None:
        rules.append(pandera.Check.le(column.maximum, error=f"is above the maximum {column.maximum:g}"))
    return pandera.Column(float, rules, nullable=column.nullable)
