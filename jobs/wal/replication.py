"""PostgreSQL's replication protocol, as far as who keeps the log needs it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from jobs.backup.errors import BackupError
from jobs.backup.server import AWAY, connected
from jobs.errors import UnreachableError
from jobs.wal import position as positions
from jobs.wal.messages import Messages

# The protocol counts microseconds from here.
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
# `w`, position, the server's end, its time: then the bytes. `k`, end, time, whether an answer is wanted.
_DATA, _WANTED = 25, 17


@dataclass(frozen=True)
class System:
    """A server's own number, its timeline, and how far its log is on disk."""

    id: str
    timeline: int
    position: int


@contextmanager
def replication() -> Iterator[Replication]:
    """Server, role and TLS come from PG* variables; the role may replicate. Raises UnreachableError, BackupError."""
    with connected("postgres", replication=True) as connection:
        yield Replication(Messages(connection.pgconn))


class Replication:
    """A connection that does one thing at a time. Every method raises BackupError, UnreachableError."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages
        self._kept = 0

    def system(self) -> System:
        from psycopg.pq import ExecStatus

        self._messages.send("IDENTIFY_SYSTEM")
        found, timeline, position, _ = self._messages.row(ExecStatus.TUPLES_OK)
        self._messages.to_the_end()
        return System(found, int(timeline), positions.parse(position))

    def follow(self, slot: str, position: int, timeline: int) -> None:
        """From here on `receive` gives what the server writes; what is before `position` is kept already."""
        from psycopg.pq import ExecStatus

        self._kept = position
        self._messages.send(
            f"START_REPLICATION SLOT {slot} PHYSICAL {positions.text(position)} TIMELINE {timeline}"
        )  # fmt: skip
        self._messages.result(ExecStatus.COPY_BOTH)

    def receive(self, seconds: float) -> tuple[int, bytes] | None:
        """Position and bytes; None when nothing came for so long. Raises UnreachableError when the server ends."""
        until = time.monotonic() + seconds
        while (message := self._messages.copied(max(0.0, until - time.monotonic()))) is not None:
            if not message:
                raise self._ended()
            if message[:1] == b"w":
                return int.from_bytes(message[1:9]), message[_DATA:]
            if message[:1] == b"k" and message[_WANTED]:
                self.confirm(self._kept)
        return None

    def _ended(self) -> UnreachableError:
        said: object = "it was stopped"
        try:
            self._messages.to_the_end()
        except BackupError as error:
            said = error.given
        return UnreachableError("the server sends no more of its log", given=said, change=AWAY)

    def confirm(self, position: int) -> None:
        """What is before it the server need not keep."""
        self._kept = position
        now = (datetime.now(UTC) - _EPOCH).total_seconds()
        self._messages.put(b"r" + 3 * position.to_bytes(8) + int(now * 1e6).to_bytes(8) + b"\0")

    def base_backup(self, label: str) -> BaseBackup:
        """Begins with a checkpoint; the server compares the checksum of every page it reads."""
        from psycopg.pq import ExecStatus

        self._messages.send(f"BASE_BACKUP (LABEL '{label}', CHECKPOINT 'fast', WAL false, MANIFEST 'no')")
        start, timeline = self._messages.row(ExecStatus.TUPLES_OK)[:2]
        if self._messages.result(ExecStatus.TUPLES_OK).ntuples > 1:
            raise BackupError(
                "the server has tablespaces", allowed="the default one", change="move their tables into it, drop them"
            )
        self._messages.result(ExecStatus.COPY_OUT)
        return BaseBackup(self._messages, positions.parse(start), int(timeline))


class BaseBackup:
    """A tar archive of the server's files, block by block; `end` is known once it is read."""

    def __init__(self, messages: Messages, start: int, timeline: int) -> None:
        self._messages = messages
        self.start, self.timeline = start, timeline
        self.end = 0

    def __iter__(self) -> Iterator[bytes]:
        from psycopg.pq import ExecStatus

        while message := self._messages.copied():
            # Also the archive's name and reports of progress.
            if message[:1] == b"d":
                yield message[1:]
        self.end = positions.parse(self._messages.row(ExecStatus.TUPLES_OK)[0])
        self._messages.to_the_end()
