"""Figures of the server for Prometheus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from jobs.database.measure import Measured
from jobs.database.vacuum import Vacuumed

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

JOB, CARE = "database", "database-care"


def gauges(measured: Measured, now: float) -> CollectorRegistry:
    """Of one look; alerts go by its time, so that a look of yesterday tells nothing of today."""
    from prometheus_client import CollectorRegistry, Gauge

    registry = CollectorRegistry()

    def by_database(name: str, text: str) -> Gauge:
        return Gauge(f"mlops_database_{name}", text, ["database"], registry=registry)

    size = by_database("bytes", "Size of a database on the disk.")
    rows = by_database("rows", "Rows of all its tables, as the last analyze of each estimated them.")
    dead = by_database("dead_rows", "Rows that a vacuum would take away.")
    for one in measured.contents:
        size.labels(one.database.name).set(one.database.bytes)
        rows.labels(one.database.name).set(one.rows)
        dead.labels(one.database.name).set(one.dead)
    age = by_database("transaction_id_age", "Transactions since its oldest row was frozen.")
    for name, transactions in measured.ages.items():
        age.labels(name).set(transactions)
    sessions = measured.connections
    _set(
        registry,
        ("connections", "Connections of clients.", sessions.used),
        ("connections_limit", "How many others than superusers may have.", sessions.room),
        ("connections_blocked", "Connections that wait for a lock of another.", sessions.blocked),
        ("oldest_transaction_seconds", "How long the longest transaction has been open.", sessions.oldest),
        ("measured_timestamp_seconds", "When this was measured.", now),
    )
    return registry


def vacuum_gauges(done: Sequence[Vacuumed], now: float) -> CollectorRegistry:
    """Of one vacuum of everything."""
    from prometheus_client import CollectorRegistry

    registry = CollectorRegistry()
    _set(
        registry,
        ("vacuum_timestamp_seconds", "When the last vacuum of everything ended.", now),
        ("vacuum_duration_seconds", "How long it took.", sum(one.seconds for one in done)),
        ("vacuum_dead_rows", "Dead rows that it found.", sum(one.dead for one in done)),
        ("vacuum_tables", "Tables that it went through.", sum(not one.left_out for one in done)),
        ("vacuum_left_out_tables", "Tables that it left out.", sum(bool(one.left_out) for one in done)),
    )
    return registry


def _set(registry: CollectorRegistry, *figures: tuple[str, str, float]) -> None:
    from prometheus_client import Gauge

    for name, text, value in figures:
        Gauge(f"mlops_database_{name}", text, registry=registry).set(value)
