"""One protocol over the libraries: fit, probabilities, ONNX."""

from __future__ import annotations

from typing import Protocol, assert_never

import numpy as np
import numpy.typing as npt

from jobs.features.encoder import Matrix
from jobs.training.config import CandidateConfig, LogisticRegression, XGBoost

Probabilities = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int8]

# onnxmltools 1.16 ends at opset 15; pinned, because the default moves with the onnx package.
OPSETS = {"": 15, "ai.onnx.ml": 3}


class Fitted(Protocol):
    """A trained estimator."""

    @property
    def libraries(self) -> tuple[str, ...]:
        """Distribution names whose versions made it."""
        ...

    def probabilities(self, matrix: Matrix) -> Probabilities:
        """Encoded matrix (rows, width) → probability of the positive class, shape (rows,)."""
        ...

    def to_onnx(self, width: int) -> bytes:
        """ONNX model with one float32 input (rows, width), last output (rows, 2); equal bytes for equal models."""
        ...


def fit(config: CandidateConfig, matrix: Matrix, labels: Labels, seed: int) -> Fitted:
    """Trains on one thread: float sums must not depend on the number of cores."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        match config:
            case LogisticRegression():
                from jobs.training.logistic import fit_logistic

                return fit_logistic(config, matrix, labels, seed)
            case XGBoost():
                from jobs.training.boosting import fit_boosting

                return fit_boosting(config, matrix, labels, seed)
            case _:
                assert_never(config)
