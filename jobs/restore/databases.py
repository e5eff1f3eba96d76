"""Databases out of a set: each is made beside the one it replaces, compared with the manifest, then swapped in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobs.backup.databases import TABLES
from jobs.backup.errors import BackupError
from jobs.backup.manifest import Database, Table
from jobs.backup.server import Rows, quoted
from jobs.restore.addresses import rewrite
from jobs.restore.admin import Admin
from jobs.restore.reader import Reader

if TYPE_CHECKING:
    from psycopg import Connection

Say = Callable[[str], None]
# A name that only a restore gives: what is left of an interrupted one may be dropped.
BESIDE = "_restoring"


@dataclass(frozen=True)
class Place:
    """A database that is to be made or replaced."""

    name: str
    owner: str
    exists: bool
    rows: bool

    @property
    def beside(self) -> str:
        return f"{self.name}{BESIDE}"


def look(admin: Admin, name: str, owner: str) -> Place:
    """What is there; `owner` is who owns it in the set."""
    found = admin.connection.execute(
        "SELECT pg_get_userbyid(datdba), datallowconn FROM pg_database WHERE datname = %s", [name]
    ).fetchone()
    if found is None:
        known = admin.connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [owner]).fetchone()
        return Place(name, owner if known else "", exists=False, rows=False)
    if not found[1]:
        # A restore was interrupted when it had closed it.
        admin.reopen(name)
    with admin.inside(name) as connection:
        return Place(name, str(found[0]), exists=True, rows=has_rows(connection))


def has_rows(connection: Connection[Any]) -> bool:
    """Whether any table has one."""
    for space, table, _ in connection.execute(TABLES.encode()).fetchall():
        if connection.execute(f"SELECT 1 FROM {quoted(space, table)} LIMIT 1".encode()).fetchone():
            return True
    return False


def load(
    admin: Admin, place: Place, database: Database, reader: Reader, renamed: dict[str, str], say: Say
) -> None:  # fmt: skip
    """Makes the database beside its place, with the set's rows; raises BackupError unless they are the set's."""
    admin.drop(place.beside)
    admin.server.ensure_database(place.beside, place.owner or admin.server.user)
    admin.server.close_to_others(place.beside)
    for role in _let_in(admin, place):
        admin.server.let_connect(role, place.beside)
    with admin.inside(place.beside) as connection:
        admin.become_owner(connection, place.beside)
        connection.execute("SET synchronous_commit = off")
        connection.execute(reader.read(database.before))
        for table in database.tables:
            fill(connection, table, reader)
        for one in database.sequences:
            connection.execute("SELECT setval(%s::regclass, %s, %s)", [one.name, one.last, one.called])
        connection.execute(reader.read(database.after))
    with admin.inside(place.beside) as connection:
        admin.become_owner(connection, place.beside)
        compare(connection, database.tables)
        changed = rewrite(connection, renamed) if renamed else 0
        connection.execute("ANALYZE")
    rows = sum(table.rows for table in database.tables)
    say(f"{place.name}: {rows} rows in {len(database.tables)} tables are the set's" + (
        f"; {changed} addresses lead to other buckets" if changed else ""))  # fmt: skip


def fill(connection: Connection[Any], table: Table, reader: Reader) -> None:
    """In one transaction with the emptying: then no row is put into room that an earlier page has left, and the order
    of rows, which their digest is of, stays."""
    columns = ", ".join(quoted(column) for column in table.columns)
    with connection.transaction():
        connection.execute(f"TRUNCATE ONLY {table.name}".encode())
        with connection.cursor() as cursor, cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN".encode()) as copy:
            for piece in reader.stream(table.content):
                copy.write(piece)


def compare(connection: Connection[Any], tables: tuple[Table, ...]) -> None:
    """Raises BackupError unless every table has the manifest's rows."""
    for table in tables:
        rows, sha256 = Rows(connection, table.name, table.columns, None), hashlib.sha256()
        for block in rows:
            sha256.update(block)
        if (rows.count, sha256.hexdigest()) != (table.rows, table.content.sha256):
            raise BackupError(
                f"{table.name} is not what the manifest says",
                given=f"{rows.count} rows, sha256 {sha256.hexdigest()}",
                allowed=f"{table.rows} rows, sha256 {table.content.sha256}",
                change="nothing was swapped in; keep the server's log, restore another set: docs/runbooks/restore.md",
            )  # fmt: skip


def swap(admin: Admin, place: Place, kept: str, say: Say) -> None:
    """Puts the new database in its place; what was there is kept under another name if it has rows, and stays where it
    is when this fails.

    Killed between the two renamings the place is empty, both databases are there, and another restore fills it.
    """
    try:
        for name in (place.name, place.beside) if place.exists else (place.beside,):
            admin.shut(name)
        if place.exists:
            admin.rename(place.name, kept)
        admin.rename(place.beside, place.name)
        admin.reopen(place.name)
    except BaseException:
        _back(admin, place, kept)
        raise
    if place.exists and not place.rows:
        admin.drop(kept)
    elif place.exists:
        admin.reopen(kept)
        say(f"{place.name}: what was there is now the database {kept}; drop it when you are sure")


def _back(admin: Admin, place: Place, kept: str) -> None:
    """What was there has its name, and lets clients in."""
    if place.exists and not admin.server.has_database(place.name):
        admin.rename(kept, place.name)
    if admin.server.has_database(place.name):
        admin.reopen(place.name)


def _let_in(admin: Admin, place: Place) -> list[str]:
    """Roles that may connect to what is there; without that, those that back up and look after it."""
    rows = admin.connection.execute(
        "SELECT DISTINCT r.rolname FROM pg_database d, aclexplode(d.datacl) a JOIN pg_roles r ON r.oid = a.grantee"
        " WHERE d.datname = %s AND a.privilege_type = 'CONNECT' AND r.oid <> d.datdba",
        [place.name],
    ).fetchall()
    if not place.exists:
        rows = admin.connection.execute("SELECT rolname FROM pg_roles WHERE rolname IN ('backup', 'care')").fetchall()
    return [str(row[0]) for row in rows]
