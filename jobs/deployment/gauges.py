"""Figures of rollouts for Prometheus: how those of the last day, three and 30 ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, get_args

from jobs.deployment.ledger import Ledger
from jobs.deployment.record import Outcome, Result

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

JOB = "rollouts"
# By the names that rules use. The ledger has the times, so nothing depends on how long Prometheus remembers.
WINDOWS = {"1d": timedelta(days=1), "3d": timedelta(days=3), "30d": timedelta(days=30)}


def gauges(ledger: Ledger, now: datetime) -> CollectorRegistry:
    """Of every model and target that had one. Raises UnreachableError, DataError."""
    from prometheus_client import CollectorRegistry, Gauge

    registry = CollectorRegistry()
    gauge = Gauge(
        "mlops_rollouts", "Rollouts that ended within the window, by how.", ["model", "target", "result", "window"],
        registry=registry,
    )  # fmt: skip
    for model, target in ledger.places():
        ended = list(takewhile(lambda one: now - one.time <= WINDOWS["30d"], ledger.endings(model, target)))
        for window, length in WINDOWS.items():
            counted = count(ended, now - length)
            for result in get_args(Result):
                gauge.labels(model, target, result, window).set(counted[result])
    return registry


def count(ended: Iterable[Outcome], since: datetime) -> Counter[str]:
    """Rollouts by result; pure."""
    return Counter(one.result for one in ended if one.time >= since)
