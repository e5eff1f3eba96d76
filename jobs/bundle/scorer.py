"""Predictions from a bundle; the same code in-process, in `mlflow.pyfunc` and behind HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from jobs.bundle.digest import bundle_digest, verify_digest
from jobs.bundle.manifest import Manifest
from jobs.bundle.prediction import TOLERANCE, Prediction
from jobs.errors import BundleError
from jobs.features.encoder import Encoder, Matrix

Probabilities = npt.NDArray[np.float64]


class Scorer:
    """A loaded model. Thread-safe: prediction changes nothing."""

    def __init__(self, manifest: Manifest, model: bytes, digest: str = "") -> None:
        options = onnxruntime.SessionOptions()
        # One row takes 13 µs: threads inside a request cost more than they give; replicas are the way to scale.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.manifest = manifest
        self.digest = digest
        self.encoder = Encoder(manifest.features)
        try:
            self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime raises a family of unrelated classes
            raise BundleError("model.onnx cannot be loaded", given=str(error)[:300]) from error
        self._input = self._session.get_inputs()[0].name
        self._output = self._session.get_outputs()[-1].name

    def probabilities(self, matrix: Matrix) -> Probabilities:
        """Encoded matrix (rows, width) → probability of the positive class, shape (rows,)."""
        if len(matrix) == 0:
            return np.zeros(0)
        output = self._session.run([self._output], {self._input: matrix})[0]
        return np.asarray(output, dtype=np.float64)[:, 1]

    def predict_records(self, records: Sequence[Mapping[str, Any]]) -> list[Prediction]:
        """Raw rows → predictions in their order. Raises EncodingError."""
        return self.decide(self.probabilities(self.encoder.records(records)))

    def predict_columns(self, columns: Mapping[str, Sequence[Any] | npt.NDArray[Any]]) -> list[Prediction]:
        """Raw columns → predictions in row order. Raises EncodingError, ValueError."""
        return self.decide(self.probabilities(self.encoder.columns(columns)))

    def decide(self, probabilities: Probabilities) -> list[Prediction]:
        """Probabilities → labels at the threshold (at or above it: positive)."""
        threshold, positive, negative = self.manifest.threshold, self.manifest.positive, self.manifest.negative
        return [Prediction(p, positive if p >= threshold else negative) for p in probabilities.tolist()]

    def check_golden(self) -> None:
        """Raises BundleError unless every golden row gives its recorded probability."""
        if not self.manifest.golden:
            raise BundleError("the bundle has no golden rows", allowed="at least one row with its probability")
        expected = np.array([row.probability for row in self.manifest.golden])
        got = self.probabilities(self.encoder.records([row.record for row in self.manifest.golden]))
        worst = int(np.argmax(np.abs(got - expected)))
        if not abs(got[worst] - expected[worst]) <= TOLERANCE:
            raise BundleError(
                f"golden row {worst + 1} gives another probability than at training time",
                given=float(got[worst]),
                allowed=f"{expected[worst]} ± {TOLERANCE}",
            )


def load_scorer(folder: Path, expected_digest: str | None = None) -> Scorer:
    """Verifies the digest before a byte is parsed, loads, then checks the golden rows. Raises BundleError."""
    digest = bundle_digest(folder) if expected_digest is None else verify_digest(folder, expected_digest)
    manifest = Manifest.from_text((folder / "bundle.json").read_bytes())
    scorer = Scorer(manifest, (folder / "model.onnx").read_bytes(), digest)
    scorer.check_golden()
    return scorer
