"""The SLOs as Prometheus has worked them out (infra/observability/slo.py): what was promised, what was kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from jobs.errors import ConfigError

DAYS = 30
OBJECTIVE = "mlops:slo_objective:ratio"
ERRORS, TODAY = f"mlops:slo_errors:ratio_{DAYS}d", "mlops:slo_errors:ratio_1d"
LEFT = "mlops:slo_error_budget_left:ratio"
# Since when there are samples, at most the whole window; every quarter of an hour is near enough.
KNOWN = f"time() - min by (slo) (min_over_time(timestamp({OBJECTIVE})[{DAYS}d:15m]))"
# A share that is exactly the promised one was kept; sums of shares are not exact.
TOLERANCE = 1e-9


class Asked(Protocol):
    """Who answers PromQL: labels and numbers."""

    def vector(self, query: str) -> list[tuple[Mapping[str, str], float]]: ...


@dataclass(frozen=True)
class Kept:
    """Shares. `measured` is None while there was nothing to measure; `days`: how many of the 30 are known."""

    slo: str
    promise: str
    target: float
    measured: float | None
    today: float | None
    budget_left: float | None
    days: float

    @property
    def state(self) -> str:
        """`kept`, `broken`, or `unknown`."""
        if self.budget_left is None:
            return "unknown"
        return "kept" if self.budget_left >= -TOLERANCE else "broken"

    def as_dict(self) -> dict[str, object]:
        return {
            "slo": self.slo, "promise": self.promise, "state": self.state, "target": self.target,
            "measured": self.measured, "today": self.today, "budgetLeft": self.budget_left,
            "days": round(self.days, 3), "window": DAYS,
        }  # fmt: skip


def kept(ask: Asked, where: str) -> list[Kept]:
    """In the order of their names. Raises UnreachableError; ConfigError when it has no rules for them."""
    promised = ask.vector(OBJECTIVE)
    if not promised:
        raise ConfigError(
            "this Prometheus has no SLOs", given=where, allowed="the platform's own, with its rules for a minute",
            change="`make up` brings the rules; or name another by --prometheus",
        )  # fmt: skip
    errors, today, left, known = (_by_slo(ask.vector(query)) for query in (ERRORS, TODAY, LEFT, KNOWN))
    return sorted(
        (
            Kept(
                labels["slo"], labels.get("promise", ""), target, _good(errors.get(labels["slo"])),
                _good(today.get(labels["slo"])), left.get(labels["slo"]), known.get(labels["slo"], 0.0) / 86_400,
            )
            for labels, target in promised
        ),
        key=lambda one: one.slo,
    )  # fmt: skip


def _by_slo(found: list[tuple[Mapping[str, str], float]]) -> dict[str, float]:
    return {labels["slo"]: value for labels, value in found}


def _good(errors: float | None) -> float | None:
    return None if errors is None else 1 - errors
