"""Databases made, closed, renamed and dropped in one session, each with the rights of the role that owns it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from jobs.backup.errors import BackupError
from jobs.backup.server import connected, quoted
from jobs.maintenance.database import Server
from jobs.maintenance.roles import ADMINISTRATION
from jobs.restore.errors import BusyError

if TYPE_CHECKING:
    from psycopg import Connection


# Whoever has it on a server is the only one at work there.
LOCK = 0x6D6C6F70
# A session whose program was killed ends a moment later.
PATIENCE = "5s"
HOLDER = """
    SELECT a.application_name, a.pid, a.usename, date_trunc('second', a.backend_start)::text
    FROM pg_locks l JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
    JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'advisory' AND l.classid = 0 AND l.objid = %s AND l.objsubid = 1 AND l.granted"""


@contextmanager
def opened(work: str = "") -> Iterator[Admin]:
    """As the role of the environment: a superuser, or the master of RDS, who made the owners. `work`: what is done,
    by nobody else as long.

    Raises MlopsError, BusyError.
    """
    with ExitStack() as stack:
        yield Admin(lambda: stack.enter_context(connected(ADMINISTRATION, autocommit=True)), work)


class Admin:
    """What a database's owner may do to it, whoever we are."""

    def __init__(self, connect: Callable[[], Connection[Any]], work: str) -> None:
        self._connect, self._work = connect, work
        self._begin()

    def _begin(self) -> None:
        connection = self._connect()
        if self._work:
            _hold(connection, f"mlops {self._work}")
        self.connection, self.server = connection, Server(connection)

    def renew(self) -> None:
        """A session that has ended, as when the platform has brought its PostgreSQL anew, begins again."""
        from psycopg import OperationalError

        try:
            self.connection.execute("SELECT 1")
        except OperationalError:
            self._begin()

    @contextmanager
    def inside(self, name: str) -> Iterator[Connection[Any]]:
        """A session that may do all in the database, as a superuser or its owner; each statement commits by itself."""
        self.let_in(name)
        with connected(name, autocommit=True) as connection:
            if not self.server.superuser:
                self.become_owner(connection, name)
            yield connection

    def let_in(self, name: str) -> None:
        """Our own role may connect, and that stays: to read and write it has to become the owner."""
        self.server.let_connect(self.server.user, name)

    def become_owner(self, connection: Connection[Any], name: str) -> None:
        """For as long as this session is open, also when we have the owner's rights no longer."""
        owner = self.server.owner(name) or self.server.user
        with self.server.rights_of(owner):
            connection.execute(f"SET ROLE {quoted(owner)}".encode())

    def drop(self, name: str) -> None:
        """If it is there, whoever is connected."""
        if self.server.has_database(name):
            self.shut(name)
            self._alone(name, f"DROP DATABASE {quoted(name)}")

    def shut(self, name: str) -> None:
        """Nobody connects any more, and sessions are told to end."""
        self._run(name, f"ALTER DATABASE {quoted(name)} ALLOW_CONNECTIONS false")
        # The server's own have no role, and leave by themselves.
        found = self.connection.execute(
            "SELECT pid, usename FROM pg_stat_activity WHERE datname = %s AND usename IS NOT NULL", [name]
        ).fetchall()
        for pid, role in found:
            with self.server.rights_of(role) if self.server.may_be(role) else nullcontext():
                self.connection.execute("SELECT pg_terminate_backend(%s)", [pid])

    def reopen(self, name: str) -> None:
        """Of one that was shut, or that an interrupted run left so."""
        self._run(name, f"ALTER DATABASE {quoted(name)} ALLOW_CONNECTIONS true")

    def rename(self, old: str, new: str) -> None:
        """Of one that was shut."""
        self._alone(old, f"ALTER DATABASE {quoted(old)} RENAME TO {quoted(new)}")

    def note(self, name: str, text: str) -> None:
        """A comment, which goes with the database to another name."""
        escaped = text.replace("'", "''")
        self._run(name, f"COMMENT ON DATABASE {quoted(name)} IS '{escaped}'")

    def _alone(self, name: str, statement: str) -> None:
        """Once the sessions, which were told to, have ended."""
        from psycopg.errors import ObjectInUse

        for _ in range(50):
            try:
                self._run(name, statement)
            except ObjectInUse:
                # A session that is told to end needs a moment; no new one can begin.
                self.connection.execute("SELECT pg_sleep(0.1)")
            else:
                return
        raise BackupError(
            f"sessions in the database {name} do not end", change="stop what uses it, then run the same again"
        )

    def _run(self, name: str, statement: str) -> None:
        with self.server.rights_of(self.server.owner(name) or self.server.user):
            self.connection.execute(statement.encode())


def _hold(connection: Connection[Any], name: str) -> None:
    """The lock, until the session ends. Raises BusyError."""
    from psycopg.errors import LockNotAvailable

    connection.execute("SELECT set_config('application_name', %s, false)", [name])
    connection.execute(f"SET lock_timeout = '{PATIENCE}'".encode())
    try:
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    except LockNotAvailable as error:
        holder = connection.execute(HOLDER, [LOCK]).fetchone() or ("one that has just ended", 0, "", "")
        raise BusyError(
            "another restore, upgrade or drill is at work on this server; nothing was begun",
            given=f"{holder[0]}, pid {holder[1]}, as {holder[2]}" + (f" since {holder[3]}" if holder[3] else ""),
            change=f"wait for its end; if its program is gone: SELECT pg_terminate_backend({holder[1]})",
        ) from error
    connection.execute("RESET lock_timeout")
