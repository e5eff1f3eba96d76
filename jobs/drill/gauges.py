"""Figures of the last drill for Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.drill.drill import Drilled

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

JOB = "drill"


def gauges(drilled: Drilled | None) -> CollectorRegistry:
    """Pushed after a good drill; without one only that it failed, so that the time of the last good one stays."""
    from prometheus_client import CollectorRegistry, Gauge

    registry = CollectorRegistry()
    good = Gauge("mlops_drill_good", "Whether the last drill brought the newest set back.", registry=registry)
    good.set(drilled is not None)
    if drilled is None:
        return registry
    Gauge(
        "mlops_drill_timestamp_seconds", "When a set was last brought back by a drill.", registry=registry
    ).set_to_current_time()
    for name, text, value in (
        ("set_timestamp_seconds", "Time of the set that it brought back.", drilled.entry.time.timestamp()),
        ("rows", "Rows that it compared.", drilled.rows),
        ("objects", "Objects that it opened.", drilled.objects),
        ("bytes", "Bytes that it read.", drilled.bytes),
    ):  # fmt: skip
        Gauge(f"mlops_drill_{name}", text, registry=registry).set(value)
    steps = Gauge("mlops_drill_seconds", "How long each step of it took.", ["step"], registry=registry)
    for step, seconds in drilled.seconds.items():
        steps.labels(step).set(seconds)
    return registry
