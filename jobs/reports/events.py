"""What happened in a period: alerts, drift, retraining, changes of the registry. Each a section and its data."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from jobs.audit.trail import Trail
from jobs.datasets.shelf import Shelf
from jobs.monitoring.prometheus import Prometheus
from jobs.reports.page import Grid, Section, Text
from jobs.reports.period import Period

STEP_SECONDS = 60
# Prometheus gives at most 11,000 points of a series: a week of minutes fits.
SHOWN = 20

Told = tuple[Section, dict[str, Any]]


def alerts(ask: Prometheus, period: Period) -> Told:
    """Minutes that each alert was firing, but the one that always does. Raises UnreachableError."""
    query = 'max by (alertname, severity) (ALERTS{alertstate="firing",alertname!="Watchdog"})'
    found = sorted(
        (one.labels.get("severity", ""), one.labels.get("alertname", ""), len(one.times))
        for one in ask.series(query, period.start, period.end, STEP_SECONDS)
    )
    rows = [(severity, name, f"{minutes} min") for severity, name, minutes in found]
    data = {"alerts": [{"severity": a, "name": b, "minutes": c} for a, b, c in found]}
    return _section("Alerts", ("severity", "alert", "firing"), rows, "No alert was firing."), data


def drift(shelf: Shelf, model: str, period: Period) -> Told:
    """Reports of the drift check. Raises UnreachableError."""
    reports = [
        one for one in _of_period(shelf, "drift/", "time", period) if one.get("model") == model
    ]  # fmt: skip
    rows, data = [], []
    for one in reports:
        moved = [feature["feature"] for feature in one.get("features", []) if feature.get("drifted")]
        verdict = one.get("verdict") or ("drift" if one.get("drifted") else "no drift")
        rows.append((one["time"], one.get("version"), one.get("rows"), verdict, ", ".join(moved[:SHOWN]) or "-"))
        data.append({"time": one["time"], "version": one.get("version"), "verdict": verdict, "moved": moved})
    header = ("time", "version", "rows", "verdict", "moved")
    return _section("Drift", header, rows, "No drift check reported."), {"reports": data}


def retraining(shelf: Shelf, model: str, period: Period) -> Told:
    """What became of retrainings. Raises UnreachableError."""
    found = _of_period(shelf, f"retraining/outcomes/{quote(model, safe='')}/", "time", period)
    rows = [(one["time"], one.get("name"), one.get("result"), one.get("version") or "-", one.get("reason"))
            for one in found]  # fmt: skip
    header = ("time", "retraining", "result", "version", "reason")
    return _section("Retraining", header, rows, "Nothing was retrained."), {"outcomes": found}


def registry(model: str, period: Period) -> Told:
    """Entries of the audit trail about the model. Raises ConfigError without a trail, UnreachableError."""
    found = [
        entry for entry in Trail.open().entries()
        if entry.subject.startswith((f"{model}@", f"{model}/")) and period.holds(entry.when)
    ]  # fmt: skip
    rows = [(entry.time, entry.actor, entry.action, entry.subject, _facts(entry.facts)) for entry in found]
    header = ("time", "actor", "action", "subject", "facts")
    entries = [entry.as_dict() for entry in found]
    return _section("Registry", header, rows, "Nothing was registered or moved."), {"entries": entries}


def _of_period(shelf: Shelf, prefix: str, field: str, period: Period) -> list[dict[str, Any]]:
    """JSON objects whose time is in the period, by time; what is no such object is left out."""
    found: list[dict[str, Any]] = []
    for key in shelf.list_keys(prefix):
        if key.endswith(".json") and _may_hold(key, period):
            try:
                data = json.loads(shelf.read(key))
                if period.holds(datetime.fromisoformat(data[field])):
                    found.append(data)
            except (ValueError, KeyError, TypeError):
                continue
    return sorted(found, key=lambda one: str(one[field]))


def _may_hold(key: str, period: Period) -> bool:
    """Keys named by a time are not read when their day is another."""
    name = key.rpartition("/")[2][:10]
    days = (f"{period.start:%Y-%m-%d}", f"{period.end:%Y-%m-%d}")
    return days[0] <= name <= days[1] if name[:2] == "20" and len(name) == 10 else True


def _facts(facts: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}={value}" for key, value in facts.items() if not isinstance(value, (dict, list)))[:200]


def _section(title: str, header: tuple[str, ...], rows: Iterable[tuple[object, ...]], nothing: str) -> Section:
    lines = list(rows)
    if not lines:
        return Section(title, [Text(nothing, "none")])
    return Section(title, tables=[Grid(header, lines)])
