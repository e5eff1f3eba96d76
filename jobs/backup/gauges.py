"""Figures of the newest set for Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.backup.sets import Entry
from jobs.backup.take import Taken
from jobs.backup.verify import Verified

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

JOB, ROTATION, COPY = "backup", "backup-rotation", "backup-copy"


def gauges(taken: Taken) -> CollectorRegistry:
    """Pushed when the set is stored: what is not pushed is what `time() - …timestamp_seconds` tells."""
    from prometheus_client import CollectorRegistry, Gauge

    registry = CollectorRegistry()
    manifest = taken.manifest
    for name, text, value in (
        ("set_timestamp_seconds", "Time of the newest set, by the database's clock.", manifest.time.timestamp()),
        ("set_bytes", "Bytes in the bucket that the newest set needs.", taken.stored),
        ("written_bytes", "Bytes that it added to the bucket, each read back.", taken.written),
        ("duration_seconds", "How long it took.", taken.seconds),
        ("objects", "Objects of buckets in it.", sum(len(bucket.objects) for bucket in manifest.buckets)),
        ("rows", "Rows of databases in it.", sum(one.rows for base in manifest.databases for one in base.tables)),
        ("versions_without_files", "Registered versions whose files the buckets do not have.", len(taken.lost)),
        ("clock_skew_seconds", "How far the program's clock was ahead of the database's.", manifest.skew),
    ):
        Gauge(f"mlops_backup_{name}", text, registry=registry).set(value)
    return registry


def rotation_gauges(kept: int, removed: int, verified: Verified) -> CollectorRegistry:
    """Pushed after the newest set was read and found as it was written."""
    from prometheus_client import CollectorRegistry, Gauge

    registry = CollectorRegistry()
    Gauge(
        "mlops_backup_verified_timestamp_seconds",
        "When the newest set was last read whole and was sound.",
        registry=registry,
    ).set_to_current_time()
    for name, text, value in (
        ("verified_bytes", "Bytes that were read for that.", verified.bytes),
        ("kept_sets", "Sets that the rotation keeps.", kept),
        ("removed_bytes", "Bytes that the last rotation removed.", removed),
    ):
        Gauge(f"mlops_backup_{name}", text, registry=registry).set(value)
    return registry


def copy_gauges(entry: Entry) -> CollectorRegistry:
    """Pushed when the set is at another place, each time that it was looked for there."""
    from prometheus_client import CollectorRegistry, Gauge

    registry = CollectorRegistry()
    Gauge(
        "mlops_backup_copied_timestamp_seconds", "When a set was last copied out of the store.", registry=registry
    ).set_to_current_time()
    Gauge("mlops_backup_copied_set_timestamp_seconds", "Time of the set that was copied.", registry=registry).set(
        entry.time.timestamp()
    )
    return registry
