"""XGBoost behind the protocol."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from jobs.errors import TrainingError
from jobs.features.encoder import Matrix
from jobs.training.config import XGBoost
from jobs.training.fitted import OPSETS, Labels, Probabilities


@dataclass(frozen=True)
class FittedBoosting:
    """A fitted XGBoost classifier."""

    classifier: Any
    libraries: tuple[str, ...] = ("xgboost-cpu", "onnxmltools", "onnx")

    def probabilities(self, matrix: Matrix) -> Probabilities:
        return np.asarray(self.classifier.predict_proba(matrix)[:, 1], dtype=np.float64)

    def log_odds(self, matrix: Matrix) -> Probabilities:
        return np.asarray(self.classifier.predict(matrix, output_margin=True), dtype=np.float64)

    def to_onnx(self, width: int) -> bytes:
        from onnxmltools import convert_xgboost
        from onnxmltools.convert.common.data_types import FloatTensorType

        # Without a name the graph gets a random one, and the digest with it.
        model = convert_xgboost(
            self.classifier, name="xgboost", initial_types=[("input", FloatTensorType([None, width]))],
            target_opset=OPSETS[""],
        )  # fmt: skip
        return bytes(model.SerializeToString(deterministic=True))


def fit_boosting(config: XGBoost, matrix: Matrix, labels: Labels, seed: int) -> FittedBoosting:
    """Histogram trees on one thread; of a distributed candidate on the share of this worker, if there are more."""
    from xgboost import XGBClassifier, collective

    if config.distributed:
        own = share_of_rows(labels, collective.get_rank(), collective.get_world_size())
        matrix, labels = matrix[own], labels[own]

    classifier = XGBClassifier(
        n_estimators=config.trees,
        max_depth=config.depth,
        learning_rate=config.learning_rate,
        subsample=config.subsample,
        colsample_bytree=config.columns_by_tree,
        min_child_weight=config.min_child_weight,
        tree_method="hist",
        n_jobs=1,
        random_state=seed,
    )
    return FittedBoosting(classifier.fit(matrix, labels))


def share_of_rows(labels: Labels, rank: int, workers: int) -> npt.NDArray[np.intp]:
    """Every row has one worker, and every worker rows of both classes. Raises TrainingError when there are too few."""
    counts = np.bincount(labels, minlength=2)
    if counts.min() < workers:
        raise TrainingError(
            "a class has fewer rows than there are workers", given=f"{counts.min()} rows, {workers} workers",
            change="take fewer workers",
        )  # fmt: skip
    return np.sort(np.argsort(labels, kind="stable")[rank::workers])
