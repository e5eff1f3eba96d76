"""The daily and the weekly report. What one source cannot tell is said in its place; the others are told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np

from jobs.datasets.shelf import Shelf
from jobs.errors import MlopsError
from jobs.monitoring.actuals import read
from jobs.monitoring.config import Monitoring
from jobs.monitoring.measure import measure
from jobs.monitoring.predictions import LABEL, PROBABILITY, VERSION, window
from jobs.monitoring.prometheus import Prometheus
from jobs.reports import events, performance
from jobs.reports.page import Grid, Page, Section, Text
from jobs.reports.period import Period
from jobs.reports.traffic import traffic

Part = Callable[[], tuple[list[Section], dict[str, Any]]]


def summary(
    config: Monitoring, period: Period, prometheus: Callable[[], Prometheus], predictions: Shelf, actuals: str,
    features: Shelf,
) -> tuple[Page, dict[str, Any]]:  # fmt: skip
    """A page and its data. Raises MlopsError only when no source could be asked."""
    parts: dict[str, Part] = {
        "requests": lambda: _one(traffic(prometheus(), period)),
        "alerts": lambda: _one(events.alerts(prometheus(), period)),
        "predictions": lambda: _one(_predictions(config, period, predictions)),
        "performance": lambda: _performance(config, period, predictions, actuals),
        "drift": lambda: _one(events.drift(features, config.model, period)),
        "retraining": lambda: _one(events.retraining(features, config.model, period)),
        "registry": lambda: _one(events.registry(config.model, period)),
    }
    title = f"{period.kind.capitalize()} report of {config.model}, {period.name}"
    page = Page(title, f"{period.start:%Y-%m-%d %H:%M} to {period.end:%Y-%m-%d %H:%M} UTC")
    data: dict[str, Any] = {
        "kind": period.kind, "name": period.name, "model": config.model, "start": period.start.isoformat(),
        "end": period.end.isoformat(),
    }  # fmt: skip
    problems: list[MlopsError] = []
    for name, part in parts.items():
        try:
            sections, facts = part()
        except MlopsError as error:
            problems.append(error)
            sections = [Section(name.capitalize(), [Text(f"Not known: {error.problem}", "doubtful")])]
            facts = {"problem": error.as_dict()}
        page.sections.extend(sections)
        data[name] = facts
    if len(problems) == len(parts):
        raise problems[0]
    return page, {**data, "unknown": len(problems)}


def _one(told: tuple[Section, dict[str, Any]]) -> tuple[list[Section], dict[str, Any]]:
    return [told[0]], told[1]


def _predictions(config: Monitoring, period: Period, shelf: Shelf) -> tuple[Section, dict[str, Any]]:
    table = window(shelf, config.model, period.start, period.end)
    versions = np.array(table[VERSION].to_pylist(), dtype=object)
    labels = np.array(table[LABEL].to_pylist(), dtype=object)
    probabilities = table[PROBABILITY].to_numpy()
    found = []
    for version in sorted(set(versions)):
        mine = versions == version
        counts = {str(label): int((labels[mine] == label).sum()) for label in sorted(set(labels[mine]))}
        mean = float(probabilities[mine].mean())
        found.append({"version": version, "predictions": int(mine.sum()), "labels": counts, "meanProbability": mean})
    rows = [
        (one["version"], one["predictions"], ", ".join(f"{label} {count}" for label, count in one["labels"].items()),
         f"{one['meanProbability']:.3f}")
        for one in found
    ]  # fmt: skip
    if not rows:
        return Section("Predictions", [Text("None was collected.", "none")]), {"versions": []}
    header = ("version", "predictions", "labels", "mean probability")
    return Section("Predictions", tables=[Grid(header, rows)]), {"versions": found}


def _performance(
    config: Monitoring, period: Period, predictions: Shelf, actuals: str
) -> tuple[list[Section], dict[str, Any]]:
    """Outcomes come late: of the days of the config that end with the period."""
    start = period.end - timedelta(days=config.performance.days)
    measured = measure(config, predictions, read(actuals), start, period.end)
    return performance.sections(measured, config.performance), measured.as_dict()
