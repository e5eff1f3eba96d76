"""scikit-learn's logistic regression behind the protocol."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from jobs.features.encoder import Matrix
from jobs.training.config import LogisticRegression
from jobs.training.fitted import OPSETS, Labels, Probabilities


@dataclass(frozen=True)
class FittedLogistic:
    """A fitted scikit-learn pipeline."""

    pipeline: Any
    libraries: tuple[str, ...] = ("scikit-learn", "skl2onnx", "onnx")

    def probabilities(self, matrix: Matrix) -> Probabilities:
        return np.asarray(self.pipeline.predict_proba(matrix)[:, 1], dtype=np.float64)

    def log_odds(self, matrix: Matrix) -> Probabilities:
        return np.asarray(self.pipeline.decision_function(matrix), dtype=np.float64)

    def to_onnx(self, width: int) -> bytes:
        from skl2onnx import convert_sklearn
        from skl2onnx.common.data_types import FloatTensorType

        model = convert_sklearn(
            self.pipeline, "logistic_regression", [("input", FloatTensorType([None, width]))],
            target_opset=OPSETS, options={"zipmap": False},
        )  # fmt: skip
        return bytes(model.SerializeToString(deterministic=True))


def fit_logistic(config: LogisticRegression, matrix: Matrix, labels: Labels, seed: int) -> FittedLogistic:
    """Missing numbers become the median of the training rows."""
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression as Estimator
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    pipeline = Pipeline(
        [
            ("impute", SimpleImputer(strategy="median", keep_empty_features=True)),
            ("scale", StandardScaler()),
            ("classify", Estimator(C=config.c, max_iter=config.max_iterations, random_state=seed)),
        ]
    )
    return FittedLogistic(pipeline.fit(matrix, labels))
