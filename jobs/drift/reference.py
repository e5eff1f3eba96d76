"""Statistics of the training rows that drift is measured against; small enough to travel in the bundle."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import numpy.typing as npt

from jobs.datasets.table import Table

# Ten bins of equal mass: the usual choice for PSI.
BINS = 10


def reference_of(table: Table) -> dict[str, Any]:
    """Per feature: share of missing values and, by kind, inner bin edges with shares, or share of each category."""
    return {
        "rows": table.rows,
        "features": {
            column.name: _numeric(table.columns[column.name])
            if column.kind == "numeric"
            else _categorical(table.columns[column.name])
            for column in table.schema.columns
        },
    }


def numeric_shares(values: npt.NDArray[np.float64], edges: list[float]) -> list[float]:
    """Share of the present values in each of the len(edges)+1 bins; an edge belongs to the bin above it."""
    present = values[~np.isnan(values)]
    counts = np.bincount(np.searchsorted(np.array(edges), present, side="right"), minlength=len(edges) + 1)
    return [float(count) for count in counts / max(len(present), 1)]


def _numeric(values: npt.NDArray[np.float64]) -> dict[str, Any]:
    present = values[~np.isnan(values)]
    # A quantile of few distinct values repeats: the distinct ones are the bins.
    edges = sorted(set(np.quantile(present, np.arange(1, BINS) / BINS).tolist())) if len(present) else []
    return {
        "kind": "numeric",
        "missing": float(np.mean(np.isnan(values))),
        "edges": edges,
        "shares": numeric_shares(values, edges),
        "mean": float(np.mean(present)) if len(present) else None,
        "deviation": float(np.std(present)) if len(present) else None,
    }


def _categorical(values: npt.NDArray[Any]) -> dict[str, Any]:
    counts = Counter(value for value in values if value is not None)
    present = max(sum(counts.values()), 1)
    return {
        "kind": "categorical",
        "missing": sum(value is None for value in values) / len(values),
        "shares": {category: counts[category] / present for category in sorted(counts)},
    }
