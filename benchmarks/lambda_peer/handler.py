"""The usual handler: a joblib file of a scikit-learn pipeline around XGBoost, and a data frame for each event."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import joblib  # type: ignore[import-untyped]
import pandas as pd

FOLDER = Path(os.environ["MODEL_FOLDER"])
MODEL = joblib.load(FOLDER / "model.joblib")
NULLABLE = dict.fromkeys(json.loads((FOLDER / "features.json").read_text())["nullable"], "float64")


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001  # Lambda's signature
    frame = pd.DataFrame.from_records(event["records"]).astype(NULLABLE)
    probabilities = MODEL.predict_proba(frame)[:, 1]
    return {"predictions": [{"probability": float(one)} for one in probabilities]}
