"""A set of a time between two sets: a server is brought to it by base and log, and a set is taken of that."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from jobs.backup.databases import DATABASES
from jobs.backup.errors import BackupError
from jobs.backup.seal import Opener, Sealer
from jobs.backup.sets import Sets
from jobs.backup.take import SKEW, Taken, take
from jobs.wal.coverage import Span, leading_to
from jobs.wal.files import lay_out
from jobs.wal.kept import spans_of

Say = Callable[[str], None]
# In the folder, once a server may start on it.
READY = "ready"
_LOOK = 0.25


@dataclass(frozen=True)
class Recovered:
    """Seconds of each step; `taken` is the set."""

    span: Span
    taken: Taken
    seconds: dict[str, float]


def recover(
    sets: Sets, at: datetime | None, opener: Opener, sealer: Sealer, folder: Path, say: Say, seconds: float = 1800
) -> Recovered:
    """`at` None, and later than the log: as late as it goes. `folder` is not there yet; whoever sees `ready` in it
    starts PostgreSQL on its `data`, where PG* variables say.

    Nothing of the platform is touched but the bucket of sets. Raises BackupError, UnreachableError.
    """
    begun = time.monotonic()
    span = leading_to(at, spans_of(sets.shelf, say))
    stop = _stop(sets, span, at)
    span = span.until(stop) if stop else span
    size = sum(piece.bytes for piece in span.pieces)
    say(f"base of {span.base.time.isoformat()}, {span.base.content.bytes} bytes; log of {size} bytes")
    lay_out(sets.shelf, span, stop, opener, folder)
    (folder / READY).touch()
    laid = time.monotonic()
    say(f"waiting for a PostgreSQL at {os.environ.get('PGHOST')}:{os.environ.get('PGPORT', '5432')} to replay it")
    _until_there(seconds)
    replayed = time.monotonic()
    taken = take(sets, sealer, DATABASES, None, say, as_of=stop or span.last, objects=stop or at)
    steps = {"files": laid - begun, "replay": replayed - laid, "set": time.monotonic() - replayed}
    return Recovered(span, taken, steps)


def _stop(sets: Sets, span: Span, at: datetime | None) -> datetime | None:
    """Where the server is to stop; None is the end of the log, behind its last known time, if all of it was written
    before what is wanted."""
    if at is None or at <= span.last:
        return at
    written = sets.shelf.written(span.pieces[-1].key)
    return None if written + timedelta(seconds=SKEW) < at else span.last


def _until_there(seconds: float) -> None:
    """Until the server takes writes: it has reached the time then."""
    import psycopg

    until = time.monotonic() + seconds
    while True:
        try:
            with psycopg.connect(dbname="postgres", connect_timeout=5, autocommit=True) as connection:
                row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
                if row and not row[0]:
                    return
                said = "it replays"
        except psycopg.OperationalError as error:
            said = str(error).strip()[-300:]
        if time.monotonic() > until:
            raise BackupError(
                "the server did not come to the time", given=f"{seconds:.0f} s; {said}",
                change="its own log says why: container `postgres` of this pod",
            )  # fmt: skip
        time.sleep(_LOOK)
