"""`bundle.json`: everything about a model except its estimator."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from jobs.errors import BundleError
from jobs.features.spec import FeatureSpec

FORMAT = 1


@dataclass(frozen=True, slots=True)
class GoldenRow:
    """A raw row and the probability the library gave for it at training time."""

    record: dict[str, Any]
    probability: float


@dataclass(frozen=True, slots=True)
class Manifest:
    """Frozen description of one model; equal data, config and library versions give equal text."""

    name: str
    estimator: str
    threshold: float
    positive: str
    negative: str
    features: FeatureSpec
    libraries: dict[str, str]
    data_sha256: str
    golden: tuple[GoldenRow, ...]
    reference: dict[str, Any]

    def to_text(self) -> str:
        """JSON with sorted keys, so that equal manifests are equal bytes."""
        data = {
            "format": FORMAT,
            "name": self.name,
            "estimator": self.estimator,
            "threshold": self.threshold,
            "label": {"positive": self.positive, "negative": self.negative},
            "features": self.features.to_json(),
            "libraries": self.libraries,
            "data_sha256": self.data_sha256,
            "golden": [{"record": row.record, "probability": row.probability} for row in self.golden],
            "reference": self.reference,
        }
        return json.dumps(data, sort_keys=True, indent=1, allow_nan=False) + "\n"

    @classmethod
    def from_text(cls, text: str | bytes) -> Manifest:
        """Raises BundleError on another format or a part that is missing."""
        try:
            data = json.loads(text)
            if data["format"] != FORMAT:
                raise BundleError("the bundle has another format", given=data["format"], allowed=FORMAT)
            return cls(
                name=str(data["name"]),
                estimator=str(data["estimator"]),
                threshold=float(data["threshold"]),
                positive=str(data["label"]["positive"]),
                negative=str(data["label"]["negative"]),
                features=FeatureSpec.from_json(data["features"]),
                libraries=dict(data["libraries"]),
                data_sha256=str(data["data_sha256"]),
                golden=tuple(GoldenRow(dict(row["record"]), float(row["probability"])) for row in data["golden"]),
                reference=dict(data["reference"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError("bundle.json cannot be read", given=f"{type(error).__name__}: {error}") from error
