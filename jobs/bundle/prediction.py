"""What a loaded bundle answers, whatever computes it. Pure Python: a function has no numpy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from jobs.bundle.manifest import Manifest

# Float32 sums differ in the last places between CPUs and libraries.
TOLERANCE = 1e-6


class Prediction(NamedTuple):
    """Probability of the positive class, and the label at the model's threshold."""

    probability: float
    label: str


class Predicts(Protocol):
    """A loaded, verified bundle."""

    @property
    def manifest(self) -> Manifest: ...
    @property
    def digest(self) -> str: ...
    def predict_records(self, records: Sequence[Mapping[str, Any]]) -> list[Prediction]: ...
    def predict_columns(self, columns: Mapping[str, Sequence[Any]]) -> list[Prediction]: ...
