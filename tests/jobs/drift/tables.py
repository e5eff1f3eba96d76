"""Windows of the real table, whole or changed."""

from __future__ import annotations

from typing import Any

import numpy as np

from jobs.datasets.table import Table
from jobs.drift.config import DriftConfig
from jobs.drift.reference import summarise
from jobs.drift.report import drift_report
from jobs.drift.window import window_of


def halves(telco: Table, seed: int = 3) -> tuple[Table, Table]:
    """5,000 rows to compare with, and 1,000 others."""
    rows = np.random.default_rng(seed).permutation(telco.rows)
    return telco.take(rows[:5000]), telco.take(rows[5000:6000])


def changed(table: Table, **columns: Any) -> Table:
    return Table(table.schema, {**table.columns, **columns}, table.labels)


def report(one: Table, other: Table, **config: Any) -> dict[str, Any]:
    reference, how = summarise(one), DriftConfig(**config)
    return drift_report(reference, window_of(other, reference, how.scored_rows), how)


def moved(report: dict[str, Any]) -> list[str]:
    return [one["feature"] for one in report["features"] if one["drifted"]]


def feature(report: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in report["features"] if one["feature"] == name)
    return found
