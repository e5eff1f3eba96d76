"""What asks for a retraining: drift of data against a version, or a person. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self
from urllib.parse import quote

from pydantic import AwareDatetime

from jobs.config import Frozen
from jobs.retraining.config import Large
from jobs.retraining.priority import Priority

FOLDER = "requests"


class Request(Frozen):
    """`data`: which rows drifted, from the version that `version` names; `asked`: a person's word on the priority."""

    model: str
    version: str
    data: str
    time: AwareDatetime
    reason: str
    report: str | None = None
    features: int = 0
    moved: int = 0
    effect: float = 0.0
    prediction: bool = False
    label: bool = False
    performance: bool = False
    asked: Priority | None = None

    @classmethod
    def of_report(cls, report: Mapping[str, Any]) -> Self:
        """From a drift report, or from the detail of an event, which names the moved features only."""
        features = report["features"]
        moved = [one for one in features if one.get("drifted", True)]
        most = max(moved, key=effect_of, default=None)
        found = {kind: _drifted(report.get(kind)) for kind in ("prediction", "label", "performance")}
        words = [f"{int(report.get('moved', len(moved)))} features moved"]
        words += [f"most {most['feature']} ({effect_of(most):.3f})"] if most else []
        words += [f"{kind} drifted" for kind, drifted in found.items() if drifted]
        return cls(
            model=report["model"],
            version=str(report["version"]),
            data=report["current"],
            time=datetime.fromisoformat(report["time"]),
            reason=", ".join(words),
            report=report.get("report"),
            features=int(report.get("checked", len(features))),
            moved=int(report.get("moved", len(moved))),
            effect=effect_of(most) if most else 0.0,
            **found,
        )

    @property
    def key(self) -> str:
        """The same for the same model, version and data, however often their drift is found."""
        said = "\n".join((self.model, self.version, self.data, "" if self.asked is None else self.time.isoformat()))
        folder = f"{FOLDER}/{quote(self.model, safe='')}"
        return f"{folder}/v{self.version}-{hashlib.sha256(said.encode()).hexdigest()[:16]}.json"

    def priority(self, large: Large) -> Priority:
        """From what drifted and by how much."""
        if self.asked is not None:
            return self.asked
        if self.performance:
            return Priority.P0
        share = self.moved / self.features if self.features else 0.0
        if self.prediction or self.label or self.effect >= large.effect or share >= large.share:
            return Priority.P1
        return Priority.P2 if self.moved else Priority.P3


def effect_of(feature: Mapping[str, Any]) -> float:
    """Its PSI."""
    return float(feature.get("psi") or 0.0)


def _drifted(part: object) -> bool:
    return isinstance(part, Mapping) and part.get("drifted") is True
