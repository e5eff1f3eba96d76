"""A story told in metrics, and whether an alert must have fired by its end."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


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
