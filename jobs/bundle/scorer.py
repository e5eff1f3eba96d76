"""Predictions from a bundle; the same code in-process, in `mlflow.pyfunc` and behind HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from jobs.bundle.calculation import Linear, read_calculation
from jobs.bundle.graph import Graph
from jobs.bundle.leaf_masks import Leaves, fits
from jobs.bundle.many_rows import MAX_DEPTH, ManyRows, Numbers, gathered
from jobs.bundle.prediction import Prediction
from jobs.bundle.row_scorer import RowScorer, load
from jobs.errors import BundleError
from jobs.features.encoder import Encoder, Matrix
from jobs.features.row import RowEncoder

# Up to here rows are faster one by one than as a matrix.
FEW_ROWS = 6


class Scorer(RowScorer):
    """A loaded model that also scores many rows at once. Thread-safe: prediction changes nothing."""

    encoder: Encoder

    def _encoder(self) -> RowEncoder:
        return Encoder(self.manifest.features)

    def _use(self, graph: Graph, model: bytes) -> None:
        calculation = read_calculation(graph, self.encoder.width)
        core = calculation.core
        self._few = FEW_ROWS
        if isinstance(core, Linear) or (core.depth <= MAX_DEPTH and fits(core)):
            self._score_by(calculation)
            self._many = ManyRows(calculation).probabilities
        else:
            self._few = 0
            self._many = _onnx_runtime(model)

    def _sums(self, leaves: Leaves, bits: int) -> Callable[[bytes], float]:
        return gathered(leaves, bits)

    def probabilities(self, matrix: Matrix) -> Numbers:
        """Encoded matrix (rows, width) → probability of the positive class, shape (rows,)."""
        return self._many(matrix) if len(matrix) else np.zeros(0)

    def predict_records(self, records: Sequence[Mapping[str, Any]]) -> list[Prediction]:
        """Raw rows → predictions in their order. Raises EncodingError."""
        if len(records) <= self._few:
            return super().predict_records(records)
        return self.decide(self.probabilities(self.encoder.records(records)).tolist())

    def predict_columns(self, columns: Mapping[str, Sequence[Any] | npt.NDArray[Any]]) -> list[Prediction]:
        """Raw columns → predictions in row order. Raises EncodingError, ValueError."""
        return self.decide(self.probabilities(self.encoder.columns(columns)).tolist())

    def _golden(self) -> list[float]:
        """Of both ways, one after the other where they differ."""
        records = [row.record for row in self.manifest.golden]
        many: list[float] = self.probabilities(self.encoder.records(records)).tolist()
        if not self._few:
            return many
        few = super()._golden()
        return [
            max(pair, key=lambda one: abs(one - row.probability))
            for *pair, row in zip(many, few, self.manifest.golden, strict=True)
        ]


def load_scorer(folder: Path, expected_digest: str | None = None) -> Scorer:
    """Verifies the digest before a byte is parsed, loads, then checks the golden rows. Raises BundleError."""
    return load(Scorer, folder, expected_digest)


def _onnx_runtime(model: bytes) -> Any:
    """For forests that are too large for what is above. `read_graph` has refused files that reach outside."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Threads inside a request cost more than they give; replicas are the way to scale.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime raises a family of unrelated classes
        raise BundleError("model.onnx cannot be loaded", given=str(error)[:300]) from error
    given, wanted = session.get_inputs()[0].name, session.get_outputs()[-1].name

    def probabilities(matrix: Matrix) -> Numbers:
        return np.asarray(session.run([wanted], {given: matrix})[0], dtype=np.float64)[:, 1]

    return probabilities
