"""Requests, rules and times that the tests of retraining use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from jobs.retraining.request import Request

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MODEL = "churn-classifier"


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def wish(data: str = "s3://features/current/a.csv", **facts: Any) -> Request:
    """A request for drift of the middle size."""
    given = {"model": MODEL, "version": "1", "data": data, "time": NOW, "reason": "drift", "features": 19}
    return Request.model_validate({**given, "moved": 2, "effect": 0.3, **facts})


def report(data: str = "s3://features/current/a.csv", psi: float = 0.3, **parts: Any) -> dict[str, Any]:
    """A drift report of one feature that moved and one that did not."""
    one = {"feature": "tenure", "psi": psi, "drifted": psi > 0.2, "missing": 0.0, "new": []}
    return {
        "time": "2026-11-21T03:07:00+00:00", "model": MODEL, "version": "1", "current": data, "rows": 1000,
        "threshold": 0.2, "drifted": psi > 0.2, "features": [one, {**one, "feature": "female", "psi": 0.01,
        "drifted": False}], **parts,
    }  # fmt: skip
