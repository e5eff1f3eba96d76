"""Figures of the archive for Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.wal.archive import Kept

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

JOB = "wal-archive"


def gauges(kept: Kept) -> CollectorRegistry:
    """Pushed with each piece: what stands still tells by its age."""
    from prometheus_client import CollectorRegistry, Gauge

    registry = CollectorRegistry()
    figures = [
        ("kept_timestamp_seconds", "Everything committed before it is in the bucket.", kept.piece.time.timestamp()),
        ("piece_bytes", "Log in the newest piece.", kept.piece.bytes),
    ]
    if kept.base:
        figures.append(("base_timestamp_seconds", "Time of the newest base.", kept.base.timestamp()))
    for name, text, value in figures:
        Gauge(f"mlops_wal_{name}", text, registry=registry).set(value)
    return registry
