"""What every estimator can do once it is fitted, whichever library made it."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from jobs.features.encoder import Matrix

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


class Candidate(Fitted, Protocol):
    """An estimator as its library fitted it, which can still be calibrated."""

    def log_odds(self, matrix: Matrix) -> Probabilities:
        """Of the positive class, shape (rows,), as the library has them: without loss near 0 and 1."""
        ...
