"""A story told in metrics, and whether an alert must have fired by its end."""

import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from infra.observability.alert import Alert
from infra.observability.recording import Recording
from infra.observability.rule_file import rule_file, rule_groups
from infra.observability.rules import RECORDINGS
from tests.support import promtool


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


def judged(
    folder: Path, alerts: Sequence[Alert], asked: str, interval: str, *told: Mapping[str, Any]
) -> subprocess.CompletedProcess[str]:
    """What promtool says of tests: of the alerts, and of the recorded figures that `asked` needs."""
    (folder / "rules.yaml").write_text(rule_file(alerts, needed(asked)))
    test = {
        "rule_files": ["rules.yaml"],
        "evaluation_interval": interval,
        # Else promtool takes them in any order, and what looks at recorded figures misses the newest or not.
        "group_eval_order": [group["name"] for group in rule_groups((), ())],
        "tests": list(told),
    }
    (folder / "test.yaml").write_text(yaml.safe_dump(test))
    return promtool.run("promtool", "test", "rules", folder / "test.yaml")


def looked_at(alert: str, series: Mapping[str, str], looks: Mapping[str, bool]) -> dict[str, Any]:
    """One test of promtool. `looks`: when → whether the alert fires then."""
    count = f'count(count by (alertname) (ALERTS{{alertname="{alert}",alertstate="firing"}}))'
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {"expr": count, "eval_time": at, "exp_samples": [{"labels": "{}", "value": 1}] if fires else []}
            for at, fires in looks.items()
        ],
    }


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
        return looked_at(self.alert, self.series, {self.at: self.fires})


def fires(alert: str, story: str, series: Mapping[str, str], at: str = "10m") -> Scenario:
    return Scenario(alert, story, True, series, at)


def silent(alert: str, story: str, series: Mapping[str, str], at: str = "10m") -> Scenario:
    return Scenario(alert, story, False, series, at)
