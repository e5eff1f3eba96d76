"""PostgreSQL as a set sees it: exported snapshots, rows as COPY writes them, the SQL of tables."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from jobs import database_login
from jobs.backup.errors import BackupError
from jobs.errors import ConfigError, UnreachableError

if TYPE_CHECKING:
    from psycopg import Connection

BLOCK = 1024 * 1024
# psycopg makes a Python object of each row, 0.8 µs: above this size of a table the start of psql is cheaper.
LARGE = 4 * 1024 * 1024
QUIET = "SET synchronize_seqscans = off"
AWAY = "when `mlops health` shows the database well, run the same command again"
_MEND = "mend what it says, a right of PGUSER or room for example; then run the same command again"


@contextmanager
def connected(database: str, *, autocommit: bool = False, replication: bool = False) -> Iterator[Connection[Any]]:
    """Server, role and TLS come from PG* variables. Raises UnreachableError, BackupError."""
    import psycopg

    password = database_login.token() if database_login.by_iam() else os.environ.get("PGPASSWORD")
    # Only what is given: a server that does not know the word refuses every value of it.
    more: dict[str, Any] = {"replication": "true"} if replication else {}
    try:
        connection = psycopg.connect(
            dbname=database, password=password, connect_timeout=10, autocommit=autocommit, **more
        )
    except psycopg.OperationalError as error:
        raise UnreachableError(
            f"the database {database} cannot be reached", given=str(error).strip()[-300:],
            change="PGHOST, PGPORT, PGUSER and PGPASSWORD say where and who; is the server up?",
        ) from error  # fmt: skip
    try:
        yield connection
    except psycopg.Error as error:
        if connection.pgconn.status == psycopg.pq.ConnStatus.BAD:
            raise UnreachableError(
                f"the database {database} went away", given=str(error).strip()[-300:], change=AWAY
            ) from error
        raise BackupError(
            f"the database {database} failed", given=f"{type(error).__name__}: {str(error).strip()[-300:]}",
            change=_MEND,
        ) from error  # fmt: skip
    finally:
        connection.close()


def quoted(*names: str) -> str:
    """`a.b` for SQL."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


class Rows:
    """The rows of a table, block by block; `count` once it is read."""

    def __init__(self, connection: Connection[Any], table: str, columns: Sequence[str], snapshot: str | None) -> None:
        self._connection, self._table, self._snapshot = connection, table, snapshot
        self._copy = f"COPY {table} ({', '.join(quoted(column) for column in columns)}) TO STDOUT"
        self.count = 0

    def __iter__(self) -> Iterator[bytes]:
        for block in self._by_psql() if self._elsewhere() else self._by_psycopg():
            # A line feed inside a value is written as two other characters.
            self.count += block.count(b"\n")
            yield block

    def _elsewhere(self) -> bool:
        """Whether another session is worth its start, and sees what this one does."""
        import psycopg

        open_here = self._connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE
        if open_here and self._snapshot is None:
            # It would not see what this one has written, and wait for a lock that this one has.
            return False
        # It has the rights of who logs in, not of the role that this session has taken on.
        row = self._connection.execute(
            "SELECT pg_table_size(oid), has_table_privilege(session_user, oid, 'SELECT') FROM pg_class"
            " WHERE oid = %s::regclass",
            [self._table],
        ).fetchone()
        return bool(row and row[0] > LARGE and row[1] and shutil.which("psql"))

    def _by_psycopg(self) -> Iterator[bytes]:
        self._connection.execute(QUIET)
        waiting = bytearray()
        with self._connection.cursor() as cursor, cursor.copy(self._copy.encode()) as copy:
            for row in copy:
                waiting += row
                if len(waiting) >= BLOCK:
                    yield bytes(waiting)
                    waiting.clear()
        yield bytes(waiting)

    def _by_psql(self) -> Iterator[bytes]:
        database = self._connection.info.dbname
        first = [] if self._snapshot is None else [
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", f"SET TRANSACTION SNAPSHOT '{self._snapshot}'",
        ]  # fmt: skip
        words = [f"--command={one}" for one in (*first, QUIET, self._copy)]
        command = ["psql", "--no-psqlrc", "--no-password", "--quiet", "--set=ON_ERROR_STOP=1", *words, database]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=database_login.environment(), bufsize=0
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            try:
                while block := process.stdout.read(BLOCK):
                    yield block
                said = process.stderr.read().decode(errors="replace")
                process.wait()
            except BaseException:
                process.kill()
                raise
        # Rows that end early look like rows.
        if process.returncode != 0:
            raise BackupError(f"reading {self._table} failed", given=said.strip()[-300:], change=_MEND)


def schema(database: str, section: str, snapshot: str) -> bytes:
    """SQL that makes what is not rows; without owners and rights, which belong to the platform. Raises BackupError."""
    command = [
        "pg_dump", "--schema-only", f"--section={section}", "--no-owner", "--no-privileges", "--no-password",
        f"--snapshot={snapshot}", database,
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, env=database_login.environment())
    except FileNotFoundError as error:
        raise ConfigError(
            "pg_dump is not installed", change="use the jobs image, or install postgresql-client"
        ) from error
    if done.returncode != 0:
        raise BackupError(
            f"pg_dump of {database} failed", given=f"exit code {done.returncode}",
            change="mend what it says; one that is older than the server refuses it: the jobs image has one that fits",
            details=(done.stderr.decode(errors="replace").strip()[-500:],),
        )  # fmt: skip
    # Commands of psql, not SQL; the word in them is another in each dump.
    lines = (line for line in done.stdout.split(b"\n") if not line.startswith((b"\\restrict ", b"\\unrestrict ")))
    return b"\n".join(lines)


def who() -> str:
    """The role and server of the environment, for messages."""
    return f"{os.environ.get('PGUSER', '?')}@{os.environ.get('PGHOST', '?')}"
