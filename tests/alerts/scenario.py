"""A story told in metrics, and whether an alert must have fired by its end."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.observability.recording import Recording
from infra.observability.rules import RECORDINGS


def every(at: str) -> str:
    """How often rules are evaluated until then: a story of days needs no minutes."""
    return "5m" if at.endswith("h") and int(at[:-1]) > 2 else "1m"


def needed(expr: str) -> tuple[Recording, ...]:
    """The recorded figures that an expression asks for, and those that they ask for."""
    found: set[str] = set()
    more = set(re.findall(r"\bmlops:[\w:]+", expr))
    while more:
        found |= more
        asked = " ".join(recording.expr for recording in RECORDINGS if recording.name in more)
        more = set(re.findall(r"\bmlops:[\w:]+", asked)) - found
    return tuple(recording for recording in RECORDINGS if recording.name in found)


@dataclass(frozen=True)
class Scenario:
    """`series` maps a series to promtool's value notation, one value a minute; `at` is when to look."""

    alert: str
    story: str
    fires: bool
    series: Mapping[str, str]
    at: str = "10m"

    def promtool_test(self) -> dict[str, Any]:
        """Asks for the ALERTS series rather than for alerts: labels and texts are not what is claimed here."""
        count = f'count(count by (alertname) (ALERTS{{alertname="{self.alert}",alertstate="firing"}}))'
        return {
            "interval": "1m",
            "input_series": [{"series": name, "values": values} for name, values in self.series.items()],
            "promql_expr_test": [
                {
                    "expr": count,
                    "eval_time": self.at,
                    "exp_samples": [{"labels": "{}", "value": 1}] if self.fires else [],
                }
            ],
        }


def fires(alert: str, story: str, series: Mapping[str, str], at: str = "10m") -> Scenario:
    return Scenario(alert, story, True, series, at)


def silent(alert: str, story: str, series: Mapping[str, str], at: str = "10m") -> Scenario:
    return Scenario(alert, story, False, series, at)
