"""`python make.py FOLDER`: the user's pipeline, fitted in this environment, as a joblib file and as an MLflow model.

The trees are those of `booster.json`, so every environment has the same model; its answers go into `answers.npy`.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import joblib  # type: ignore[import-untyped]
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder
from xgboost import XGBClassifier


def main(folder: Path) -> None:
    features = json.loads((folder / "features.json").read_text())
    records = json.loads((folder / "records.json").read_text())
    frame = pd.DataFrame.from_records(records).astype(dict.fromkeys(features["numeric"], "float64"))
    categories = features["categories"]
    onehot = OneHotEncoder(categories=list(categories.values()), handle_unknown="ignore", sparse_output=False)
    encoder = ColumnTransformer([("numbers", "passthrough", features["numeric"]), ("text", onehot, list(categories))])
    encoder.fit(frame[: features["fitted"]])
    classifier = XGBClassifier(n_jobs=1)
    classifier.load_model(folder / "booster.json")
    pipeline = Pipeline([("encoder", encoder), ("classifier", classifier)])
    joblib.dump(pipeline, folder / "model.joblib")
    answers = pipeline.predict_proba(frame)[:, 1]
    np.save(folder / "answers.npy", answers)
    if importlib.util.find_spec("mlflow"):
        import mlflow

        # Every number is a double: a column of integers could not be missing.
        example = frame[: features["fitted"]]
        mlflow.sklearn.save_model(
            pipeline, str(folder / "mlflow"), serialization_format="cloudpickle", pyfunc_predict_fn="predict_proba",
            signature=mlflow.models.infer_signature(example, pipeline.predict_proba(example)),
            pip_requirements=["mlflow", "scikit-learn", "xgboost-cpu", "pandas"],
        )  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]))
