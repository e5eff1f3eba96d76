"""What Prometheus is told of a dataset."""

from __future__ import annotations

from jobs.datasets.manifest import Manifest
from jobs.metrics import push


def push_snapshot(manifest: Manifest) -> bool:
    """Time and rows of the newest snapshot → whether a gateway took them."""
    from prometheus_client import CollectorRegistry, Gauge

    registry = CollectorRegistry()
    for name, text, value in (
        ("mlops_data_snapshot_timestamp_seconds", "When the newest snapshot was taken.", manifest.time.timestamp()),
        ("mlops_data_snapshot_rows", "Rows of the newest snapshot.", manifest.rows),
    ):
        Gauge(name, text, registry=registry).set(value)
    return push("data-pipeline", registry, {"dataset": manifest.name})
