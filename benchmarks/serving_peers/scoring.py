"""Rows → probabilities in two ways: the pipeline that a user hands over, and written by hand around XGBoost.

Files in the folder: `features.json`, `booster.json` (XGBoost's own format), `model.joblib` (written by `make.py`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Records = list[dict[str, Any]]
Score = Callable[[Records], list[float]]


def load(folder: str, kind: str) -> Score:
    """`pipeline`: frame → ColumnTransformer → XGBClassifier. `by hand`: dict → array → `inplace_predict`."""
    return _pipeline(Path(folder)) if kind == "pipeline" else _by_hand(Path(folder))


def _pipeline(folder: Path) -> Score:
    import joblib  # type: ignore[import-untyped]
    import pandas as pd

    pipeline = joblib.load(folder / "model.joblib")
    # A frame of one row whose number is missing has a column of objects.
    nullable = dict.fromkeys(json.loads((folder / "features.json").read_text())["nullable"], "float64")

    def score(records: Records) -> list[float]:
        frame = pd.DataFrame.from_records(records).astype(nullable)
        found: list[float] = pipeline.predict_proba(frame)[:, 1].tolist()
        return found

    return score


def _by_hand(folder: Path) -> Score:
    import xgboost

    booster = xgboost.Booster(model_file=folder / "booster.json")
    booster.set_param({"nthread": 1})
    features = json.loads((folder / "features.json").read_text())
    numeric: list[str] = features["numeric"]
    places: dict[str, dict[str, int]] = {}
    width = len(numeric)
    for name, categories in features["categories"].items():
        places[name] = {category: width + place for place, category in enumerate(categories)}
        width += len(categories)

    def score(records: Records) -> list[float]:
        matrix = np.zeros((len(records), width), dtype=np.float32)
        for row, record in enumerate(records):
            matrix[row, : len(numeric)] = [record[name] for name in numeric]
            for name, known in places.items():
                if (place := known.get(record[name])) is not None:
                    matrix[row, place] = 1.0
        found: list[float] = booster.inplace_predict(matrix).tolist()
        return found

    return score
