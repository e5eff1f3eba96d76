"""An alert as a typed value."""

import re
from dataclasses import dataclass
from enum import StrEnum

from infra.observability.inhibition import LINGERS


class Severity(StrEnum):
    """How soon somebody must act."""

    P0 = "P0"
    """Users get no predictions: now, at any hour."""
    P1 = "P1"
    """A part of the platform is down or data is at risk: now, at any hour."""
    P2 = "P2"
    """Slower or worse than promised."""
    P3 = "P3"
    """Worth knowing: after all others."""

    @property
    def respond_within(self) -> str:
        """How long it may take until somebody looks, from the first notification."""
        return {"P0": "0m", "P1": "15m", "P2": "30m", "P3": "2h"}[self.value]


@dataclass(frozen=True)
class Alert:
    """`after` is how long the expression must hold, in Prometheus' own notation (`5m`)."""

    name: str
    severity: Severity
    summary: str
    expr: str
    after: str

    @property
    def runbook(self) -> str:
        """`ModelServingDown` → `docs/runbooks/model-serving-down.md`."""
        return f"docs/runbooks/{re.sub(r'(?<=[a-z])(?=[A-Z])', '-', self.name).lower()}.md"

    def rule(self) -> dict[str, object]:
        return {
            "alert": self.name,
            "expr": self.expr,
            "for": self.after,
            **({"keep_firing_for": LINGERS[self.name]} if self.name in LINGERS else {}),
            "labels": {"severity": self.severity.value},
            "annotations": {
                "summary": self.summary,
                "runbook": self.runbook,
                "respond_within": self.severity.respond_within,
            },
        }
