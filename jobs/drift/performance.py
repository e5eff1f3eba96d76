"""How good predictions were, with the spread that a comparison needs; numpy only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Performance:
    """Figures of `rows` labelled rows, `positives` of them positive.

    `roc_auc_variance`: of the figure itself (DeLong); `brier_variance`: of one row's squared error.
    """

    rows: int
    positives: int
    roc_auc: float
    roc_auc_variance: float
    brier: float
    brier_variance: float

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Performance:
        """Raises KeyError, TypeError or ValueError on anything `to_json` does not write."""
        figures = (float(data[key]) for key in ("roc_auc", "roc_auc_variance", "brier", "brier_variance"))
        return cls(int(data["rows"]), int(data["positives"]), *figures)


def performance_of(probabilities: Floats, labels: npt.NDArray[Any]) -> Performance:
    """Probabilities and labels 0/1, both of shape (rows,). Raises ValueError unless both classes occur twice."""
    positive = labels == 1
    m, n = int(positive.sum()), int((~positive).sum())
    if min(m, n) < 2:
        raise ValueError(f"both classes are needed twice; given {m} positive and {n} negative rows")
    # DeLong's placements from midranks: of each positive row the share of negative rows below it, and the reverse.
    ranks = _midranks(probabilities)
    above = (ranks[positive] - _midranks(probabilities[positive])) / n
    below = 1.0 - (ranks[~positive] - _midranks(probabilities[~positive])) / m
    errors = (probabilities - labels) ** 2
    return Performance(
        rows=len(labels),
        positives=m,
        roc_auc=float(above.mean()),
        roc_auc_variance=float(above.var(ddof=1) / m + below.var(ddof=1) / n),
        brier=float(errors.mean()),
        brier_variance=float(errors.var(ddof=1)),
    )


def _midranks(values: Floats) -> Floats:
    """Rank from 1, equal values share the mean of their ranks."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: Floats = (last - (counts - 1) / 2.0)[inverse]
    return ranks
