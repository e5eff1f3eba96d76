"""Follows a server's log and keeps it piece by piece; the server forgets only what lies in the bucket."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from jobs.backup.databases import DATABASES
from jobs.backup.errors import BackupError
from jobs.backup.seal import Sealer
from jobs.backup.server import connected
from jobs.backup.stored import store
from jobs.datasets.shelf import Shelf
from jobs.wal import base, basebackup
from jobs.wal.base import Base
from jobs.wal.coverage import spans
from jobs.wal.kept import pieces_of
from jobs.wal.piece import NEVER, Piece
from jobs.wal.position import begin
from jobs.wal.replication import Replication, System, replication
from jobs.wal.slot import SLOT, kept_from, mark

if TYPE_CHECKING:
    from psycopg import Connection

Say = Callable[[str], None]
# Of a piece, at most; one that comes by the clock is smaller.
SIZE = 16 * 1024 * 1024
# Seconds until the clock is looked at when the server has nothing to say.
LOOK = 0.25
# After a base that failed: what fails it lasts, and what a try has written lies there until the rotation removes it.
BASE_AGAIN = timedelta(hours=1)


@dataclass(frozen=True)
class Pace:
    """`every`: seconds between pieces, and so what a loss of server and archiver costs. `bases`: age of the newest."""

    every: float = 60.0
    bases: timedelta = timedelta(days=1)


@dataclass(frozen=True)
class Kept:
    """What lies in the bucket: everything committed up to `time`, by the server's clock, once there is a base."""

    piece: Piece
    base: datetime | None


@dataclass
class Archiver:
    """Of one server. `told` hears of each piece; what is not in the bucket when it ends, the server still has."""

    shelf: Shelf
    sealer: Sealer
    pace: Pace
    say: Say
    told: Callable[[Kept], None]
    _waiting: bytearray = field(default_factory=bytearray)
    _start: int = 0
    _time: datetime = NEVER

    def run(self) -> None:
        """Until server or store go away; what was received then is kept. Run again it goes on where the bucket ends.

        Raises UnreachableError, BackupError.
        """
        with (
            replication() as stream,
            connected(DATABASES[0], autocommit=True) as connection,
            ThreadPoolExecutor(1, thread_name_prefix="base") as pool,
        ):
            system = stream.system()
            newest = self._begin(system, connection)
            stream.follow(SLOT, self._start, system.timeline)
            self.say(f"server {system.id}: the log is followed from {self._start:X}")
            try:
                self._follow(stream, connection, system, _Bases(self, pool, newest))
            finally:
                # Of a server that is lost it is the last there is.
                if self._waiting:
                    self._store(system)

    def _follow(self, stream: Replication, connection: Connection[Any], system: System, bases: _Bases) -> None:
        due, marked = time.monotonic(), None
        while True:
            if bases.look():
                # It leads nowhere before the first mark after it.
                due = time.monotonic()
            if marked is None and time.monotonic() >= due:
                marked = mark(connection)
            self._receive(stream)
            reached = marked is not None and self._start + len(self._waiting) >= marked[1]
            if marked and reached:
                self._time, marked = marked[0], None
                due = time.monotonic() + self.pace.every
            if self._waiting and (reached or len(self._waiting) >= SIZE):
                piece = self._store(system)
                stream.confirm(piece.end)
                self.told(Kept(piece, bases.newest))

    def _begin(self, system: System, connection: Connection[Any]) -> datetime | None:
        """Where to follow from; the time of the newest base that what follows will continue."""
        self._waiting.clear()
        had = [piece for piece in pieces_of(self.shelf) if piece.system == system.id]
        had = [piece for piece in had if piece.timeline == system.timeline]
        end = max((piece.end for piece in had), default=0)
        if end > system.position:
            raise BackupError(
                "the bucket has more of the server's log than the server: its volume is an older one",
                given=f"server at {system.position:X}, bucket up to {end:X}",
                change="restore by a set into a new server; a log that goes on twice from one place leads nowhere",
            )  # fmt: skip
        first, whole = kept_from(connection)
        first = begin(first, basebackup.segment_of(connection))
        self._start = max(first, end) if end >= first else first
        self._time = max((piece.time for piece in had), default=NEVER)
        if had and end < first:
            self.say(f"the log from {end:X} to {first:X} is lost: times in it cannot be had")
            self._time = NEVER
            return None
        found = spans(base.sound(self.shelf, self.say).values(), had)
        known = [span.base.time for span in found if span.base.system == system.id and span.end == end]
        return max(known, default=None) if whole else None

    def _receive(self, stream: Replication) -> None:
        """One message, or none for a while."""
        if (found := stream.receive(LOOK)) is None:
            return
        position, content = found
        expected = self._start + len(self._waiting)
        if position != expected:
            raise BackupError(
                "the server left something of its log out", given=f"{position:X}", allowed=f"{expected:X}",
                change="start `mlops wal archive` again: it goes on where the bucket ends",
            )  # fmt: skip
        self._waiting += content

    def _store(self, system: System) -> Piece:
        sealed = self.sealer.seal(self._waiting)
        sha256 = hashlib.sha256(sealed).hexdigest()
        end = self._start + len(self._waiting)
        piece = Piece(system.id, system.timeline, self._start, end, self._time, sha256)
        store(self.shelf, piece.key, sealed, sha256)
        self._start = end
        self._waiting.clear()
        return piece


@dataclass
class _Bases:
    """One at a time beside the stream, which does not wait for it."""

    archiver: Archiver
    pool: ThreadPoolExecutor
    newest: datetime | None
    failed: datetime | None = None
    taken: Future[Base] | None = None

    def look(self) -> bool:
        """Begins one when it is time → whether one is done. One that fails is told; the log is followed all the same.

        Raises UnreachableError.
        """
        archiver = self.archiver
        if self.taken is None and self._due(datetime.now(UTC)):
            self.taken = self.pool.submit(basebackup.take, archiver.shelf, archiver.sealer)
        if self.taken is None or not self.taken.done():
            return False
        done, self.taken = self.taken, None
        try:
            self.newest, self.failed = done.result().time, None
        except BackupError as error:
            self.failed = datetime.now(UTC)
            archiver.say(f"no base could be taken; tried again in {BASE_AGAIN}: {error}")
            return False
        archiver.say(f"a base of {self.newest.isoformat()} is kept")
        return True

    def _due(self, now: datetime) -> bool:
        if self.failed and now - self.failed < BASE_AGAIN:
            return False
        return self.newest is None or now - self.newest > self.archiver.pace.bases
