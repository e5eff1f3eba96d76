"""What drift is measured against; small enough to travel in the bundle (3 KB a numeric feature at most)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from jobs.datasets.table import Table
from jobs.drift.categories import Categories, categories_of
from jobs.drift.numbers import Numbers, numbers_of
from jobs.drift.performance import Performance, performance_of
from jobs.drift.repeats import Repeats, repeats_of

FORMAT = 2


@dataclass(frozen=True)
class Predicted:
    """Predictions for held-out rows: probabilities of the positive class, labels 0/1, and the model's threshold."""

    probabilities: npt.NDArray[np.float64]
    labels: npt.NDArray[Any]
    threshold: float


@dataclass(frozen=True)
class Reference:
    """`label`: the column's name; `prediction` and `performance` are of held-out rows, or None."""

    rows: int
    label: str
    features: dict[str, Numbers | Categories]
    repeats: Repeats
    prediction: Numbers | None = None
    performance: Performance | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "rows": self.rows,
            "label": self.label,
            "features": {name: known.to_json() for name, known in self.features.items()},
            "repeats": self.repeats.to_json(),
            "prediction": self.prediction.to_json() if self.prediction else None,
            "performance": self.performance.to_json() if self.performance else None,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Reference:
        """Raises ValueError on another format, KeyError or TypeError on a part that is missing."""
        if data.get("format") != FORMAT:
            raise ValueError(f"the reference has format {data.get('format', 1)!r}, allowed: {FORMAT}")
        prediction, performance = data["prediction"], data["performance"]
        return cls(
            rows=int(data["rows"]),
            label=str(data["label"]),
            features={
                name: Numbers.from_json(known) if known["kind"] == "numeric" else Categories.from_json(known)
                for name, known in data["features"].items()
            },
            repeats=Repeats.from_json(data["repeats"]),
            prediction=None if prediction is None else Numbers.from_json(prediction),
            performance=None if performance is None else Performance.from_json(performance),
        )


def summarise(table: Table, predicted: Predicted | None = None) -> Reference:
    """The reference of a table, and of predictions for held-out rows. Raises ValueError on labels of one class."""
    return Reference(
        rows=table.rows,
        label=table.schema.label.name,
        features={
            column.name: numbers_of(table.columns[column.name])
            if column.kind == "numeric"
            else categories_of(table.columns[column.name].tolist())
            for column in table.schema.columns
        },
        repeats=repeats_of(table),
        prediction=None if predicted is None else numbers_of(predicted.probabilities),
        performance=None if predicted is None else performance_of(predicted.probabilities, predicted.labels),
    )


def reference_of(table: Table, predicted: Predicted | None = None) -> dict[str, Any]:
    """As plain data for `bundle.json`; equal input gives equal data."""
    return summarise(table, predicted).to_json()
