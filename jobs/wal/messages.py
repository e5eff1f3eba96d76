"""One connection of libpq, message by message; nothing here waits so that other threads of the program wait, too."""

from __future__ import annotations

import select
from typing import TYPE_CHECKING

from jobs.backup.errors import BackupError
from jobs.backup.server import AWAY
from jobs.errors import UnreachableError

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn, PGresult


class Messages:
    """Commands of the replication protocol, their results, and the messages of a copy.

    Every method raises BackupError, UnreachableError.
    """

    def __init__(self, pgconn: PGconn) -> None:
        self._pgconn = pgconn

    def send(self, command: str) -> None:
        self._pgconn.send_query(command.encode())
        self._flush()

    def put(self, message: bytes) -> None:
        """Into a copy that goes both ways."""
        self._pgconn.put_copy_data(message)
        self._flush()

    def row(self, wanted: int) -> list[str]:
        """The first of the next result."""
        result = self.result(wanted)
        return [(result.get_value(0, column) or b"").decode() for column in range(result.nfields)]

    def result(self, wanted: int) -> PGresult:
        """The next, which must have this status."""
        result = self._next()
        if result is None or result.status != wanted:
            said = "nothing" if result is None else result.error_message.decode(errors="replace").strip()[-300:]
            raise BackupError(
                "the server refuses to replicate", given=said,
                change="PGUSER must be allowed to replicate, and nobody else follow: docs/runbooks/wal-archive-late.md",
            )  # fmt: skip
        return result

    def to_the_end(self) -> None:
        """Of the command; what went wrong at its end is told."""
        from psycopg.pq import ExecStatus

        while (result := self._next()) is not None:
            if result.status == ExecStatus.FATAL_ERROR:
                said = result.error_message.decode(errors="replace").strip()[-300:]
                raise BackupError(
                    "the server ended the command with an error", given=said,
                    change="mend what it says, then run the same again: docs/runbooks/wal-base-too-old.md",
                )  # fmt: skip

    def copied(self, seconds: float | None = None) -> bytes | None:
        """The next message of a copy, b"" at its end, None when none came for so long."""
        while True:
            size, data = self._pgconn.get_copy_data(1)
            if size > 0:
                return bytes(data)
            if size < 0:
                return b""
            if not self._wait(seconds):
                return None

    def _next(self) -> PGresult | None:
        # PQgetResult would wait inside of C.
        while self._pgconn.is_busy():
            self._wait(None)
        return self._pgconn.get_result()

    def _wait(self, seconds: float | None) -> bool:
        import psycopg

        if not select.select([self._pgconn.socket], [], [], seconds)[0]:
            return False
        try:
            self._pgconn.consume_input()
        except psycopg.OperationalError as error:
            raise UnreachableError("the server went away", given=str(error).strip()[-300:], change=AWAY) from error
        return True

    def _flush(self) -> None:
        while self._pgconn.flush():
            select.select([], [self._pgconn.socket], [])
