"""What makes the server keep its log until it is in the bucket, and the marks by which time is told in it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jobs.wal import position as positions

if TYPE_CHECKING:
    from psycopg import Connection

SLOT = "mlops_wal"


def kept_from(connection: Connection[Any]) -> tuple[int, bool]:
    """From which position the server has its log; and whether the slot was there and had not lost any of it."""
    row = connection.execute(
        "SELECT restart_lsn::text, wal_status FROM pg_replication_slots WHERE slot_name = %s", [SLOT]
    ).fetchone()
    if row and row[0] and row[1] != "lost":
        return positions.parse(row[0]), True
    if row:
        # Beyond max_slot_wal_keep_size the server would rather lose its log than fill its disk.
        connection.execute("SELECT pg_drop_replication_slot(%s)", [SLOT])
    made = connection.execute("SELECT lsn::text FROM pg_create_physical_replication_slot(%s, true)", [SLOT]).fetchone()
    assert made is not None
    return positions.parse(made[0]), False


def mark(connection: Connection[Any]) -> tuple[datetime, int]:
    """A time, and a position before which a commit is later than it: a server that replays so far can stop there.

    Without it a log in which nothing was committed after a time does not lead to that time.
    """
    with connection.transaction():
        row = connection.execute("SELECT clock_timestamp()").fetchone()
        connection.execute("SELECT pg_logical_emit_message(true, 'mlops', 'mark')")
    after = connection.execute("SELECT pg_current_wal_insert_lsn()::text").fetchone()
    assert row is not None
    assert after is not None
    return row[0].astimezone(UTC), positions.parse(after[0])
