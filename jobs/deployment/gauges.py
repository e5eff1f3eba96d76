"""Figures of rollouts for Prometheus: how those of the last day, three and 30 ended, and whether one was left alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, get_args

from jobs.deployment.ledger import Ledger, Rollout
from jobs.deployment.record import Driver, Outcome, Result

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
    unended = Gauge(
        "mlops_rollout_unended_seconds",
        "Since the last sign of life of the driver of a rollout that has not ended, beyond what its step may take.",
        ["model", "target"], registry=registry,
    )  # fmt: skip
    for model, target in ledger.places():
        ended = list(takewhile(lambda one: now - one.time <= WINDOWS["30d"], ledger.endings(model, target)))
        for window, length in WINDOWS.items():
            counted = count(ended, now - length)
            for result in get_args(Result):
                gauge.labels(model, target, result, window).set(counted[result])
        # While it has not ended no other begins: it is the newest. 0 says that there is none.
        last = ledger.last(model, target)
        left = silence(last, ledger.driver(last.order), now) if last and last.running else 0
        unended.labels(model, target).set(left)
    return registry


def silence(rollout: Rollout, driver: Driver | None, now: datetime) -> float:
    """Seconds in which its driver put nothing down, without those that the step it is in may take; pure."""
    order, marks, decision = rollout.order, rollout.marks, rollout.decision
    signs = [order.time, *(mark.time + timedelta(seconds=mark.seconds) for mark in marks)]
    signs += [sign.time for sign in (driver, decision) if sign]
    steps = () if decision else order.steps[len(marks) : len(marks) + 1]
    allowed = sum(step.seconds + (order.patience_seconds if step.judged else 0) for step in steps)
    return max(0.0, (now - max(signs)).total_seconds() - allowed)


def count(ended: Iterable[Outcome], since: datetime) -> Counter[str]:
    """Rollouts by result; pure."""
    return Counter(one.result for one in ended if one.time >= since)
