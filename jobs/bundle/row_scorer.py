"""Predictions from a bundle row by row. Pure Python: what a function carries has no numpy."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from jobs.bundle.calculation import Calculation, Linear, read_calculation
from jobs.bundle.digest import bundle_digest, verify_digest
from jobs.bundle.graph import Graph, read_graph
from jobs.bundle.leaf_masks import LeafMasks, Leaves, fits, looked_up
from jobs.bundle.manifest import Manifest
from jobs.bundle.prediction import TOLERANCE, Prediction
from jobs.errors import BundleError
from jobs.features.row import RowEncoder

# A raw row and its number → its score. Raises EncodingError.
Kind = TypeVar("Kind", bound="RowScorer")
Score = Callable[[Mapping[str, Any], int], float]


class RowScorer:
    """A loaded model. Thread-safe: prediction changes nothing."""

    encoder: RowEncoder

    def __init__(self, manifest: Manifest, model: bytes, digest: str = "") -> None:
        """Raises BundleError on a file that is no model of ours, or one whose trees are too many or too deep."""
        self.manifest = manifest
        self.digest = digest
        self.encoder = self._encoder()
        self._use(read_graph(model), model)

    def _encoder(self) -> RowEncoder:
        return RowEncoder(self.manifest.features)

    def _use(self, graph: Graph, model: bytes) -> None:  # noqa: ARG002  # for those who run the file itself
        self._score_by(read_calculation(graph, self.encoder.width))

    def _score_by(self, calculation: Calculation) -> None:
        core = calculation.core
        self._of_score = calculation.of_score
        if isinstance(core, Linear):
            self._score: Score = _linear(self.encoder, core)
        elif fits(core):
            self._score = LeafMasks(self.manifest.features, core, self._sums).score
        else:
            raise BundleError(
                "the trees are too many or too large to be read row by row", given=f"{len(core.trees)} trees",
                change="serve this version by the model server, which has ONNX Runtime",
            )  # fmt: skip

    def _sums(self, leaves: Leaves, bits: int) -> Callable[[bytes], float]:
        return looked_up(leaves, bits)

    def probability(self, record: Mapping[str, Any], number: int = 1) -> float:
        """Of the positive class; `number` is for errors. Raises EncodingError."""
        return self._of_score(self._score(record, number))

    def predict_records(self, records: Sequence[Mapping[str, Any]]) -> list[Prediction]:
        """Raw rows → predictions in their order. Raises EncodingError."""
        return self.decide([self.probability(record, number) for number, record in enumerate(records, 1)])

    def predict_columns(self, columns: Mapping[str, Sequence[Any]]) -> list[Prediction]:
        """Raw columns of equal length → predictions in row order. Raises EncodingError, ValueError."""
        names = self.manifest.features.names
        return self.predict_records(
            [dict(zip(names, row, strict=True)) for row in zip(*(columns[name] for name in names), strict=True)]
        )

    def decide(self, probabilities: Iterable[float]) -> list[Prediction]:
        """Probabilities → labels at the threshold (at or above it: positive)."""
        threshold, positive, negative = self.manifest.threshold, self.manifest.positive, self.manifest.negative
        return [Prediction(p, positive if p >= threshold else negative) for p in probabilities]

    def check_golden(self) -> None:
        """Raises BundleError unless every golden row gives its recorded probability."""
        golden = self.manifest.golden
        if not golden:
            raise BundleError("the bundle has no golden rows", allowed="at least one row with its probability")
        for place, (row, got) in enumerate(zip(golden, self._golden(), strict=True), 1):
            if not abs(got - row.probability) <= TOLERANCE:
                raise BundleError(
                    f"golden row {place} gives another probability than at training time", given=got,
                    allowed=f"{row.probability} ± {TOLERANCE}",
                )  # fmt: skip

    def _golden(self) -> list[float]:
        return [self.probability(row.record) for row in self.manifest.golden]


def load_row_scorer(folder: Path, expected_digest: str | None = None) -> RowScorer:
    """As `load`."""
    return load(RowScorer, folder, expected_digest)


def load(kind: type[Kind], folder: Path, expected_digest: str | None) -> Kind:
    """Verifies the digest before a byte is parsed, loads, then checks the golden rows. Raises BundleError."""
    digest = bundle_digest(folder) if expected_digest is None else verify_digest(folder, expected_digest)
    manifest = Manifest.from_text((folder / "bundle.json").read_bytes())
    scorer = kind(manifest, (folder / "model.onnx").read_bytes(), digest)
    scorer.check_golden()
    return scorer


def _linear(encoder: RowEncoder, core: Linear) -> Score:
    weights, missing, intercept = core.weights, core.missing, core.intercept

    def score(record: Mapping[str, Any], number: int) -> float:
        # Weights are for float32: the matrix of training and of many rows has no more places.
        values = array("f", encoder.row(number, record))
        total = intercept
        for weight, value, instead in zip(weights, values, missing, strict=True):
            total += weight * (value if value == value else instead)
        return total

    return score
