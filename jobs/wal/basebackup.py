"""Takes a base: all of a server's files, sealed, read back, and where the log makes them whole."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from jobs.backup.databases import DATABASES
from jobs.backup.packer import Known, Packer
from jobs.backup.seal import Sealer
from jobs.backup.server import connected
from jobs.datasets.shelf import Shelf
from jobs.wal import base
from jobs.wal.base import Base
from jobs.wal.replication import replication

if TYPE_CHECKING:
    from psycopg import Connection

LABEL = "mlops"


def take(shelf: Shelf, sealer: Sealer) -> Base:
    """Raises BackupError, UnreachableError; without its description, written last, what was written is no base."""
    with replication() as stream, Packer(shelf, sealer, Known()) as packer:
        system = stream.system().id
        files = stream.base_backup(LABEL)
        content = packer.add(files)
        packs, _ = packer.finish()
    # Any of the databases: who may replicate may not connect to `postgres`.
    with connected(DATABASES[0], autocommit=True) as connection:
        server, time = _row(connection, "SELECT current_setting('server_version'), clock_timestamp()")
        segment = segment_of(connection)
    taken = Base(
        system=system, timeline=files.timeline, start=files.start, end=files.end, segment=segment, server=server,
        time=time.astimezone(UTC), content=content, packs=packs,
    )  # fmt: skip
    base.write(shelf, taken)
    return taken


def segment_of(connection: Connection[Any]) -> int:
    """Bytes of a file of the log."""
    (size,) = _row(connection, "SELECT setting::bigint FROM pg_settings WHERE name = 'wal_segment_size'")
    return int(size)


def _row(connection: Connection[Any], query: str) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row
