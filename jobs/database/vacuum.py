"""Vacuum and analyze, table by table, of those that the role may."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobs.backup.server import connected, quoted
from jobs.database.figures import PATIENCE, size

if TYPE_CHECKING:
    from psycopg import Connection

# Why nothing was done. Locks end by themselves, so the next time goes better; a right that is missing stays so.
MAY_NOT, LOCKED = "this role may not vacuum it", "somebody has it locked"
# Before 17 only an owner may; since then also who has MAINTAIN, as members of pg_maintain have on everything.
_TABLES = f"""
SELECT n.nspname, c.relname, coalesce(s.n_dead_tup, 0), {size("pg_total_relation_size", "c")},
       pg_has_role(c.relowner, 'USAGE') {{or_maintain}}
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_t'
ORDER BY 3 DESC, 4 DESC, 1, 2"""
# At the second try: autovacuum leaves a table after deadlock_timeout, 1 s, to who waits for it.
_WAITS = "SET lock_timeout = '3s'"
_MAINTAIN = "OR has_table_privilege(c.oid, 'MAINTAIN')"


@dataclass(frozen=True)
class Vacuumed:
    """One table: `dead` rows before; `left_out`: why nothing was done."""

    database: str
    table: str
    dead: int
    before: int
    after: int
    seconds: float
    left_out: str | None = None


def vacuum(database: str, say: Callable[[str], None]) -> list[Vacuumed]:
    """Those with most dead rows first; then those that somebody had locked, whom it gives three seconds."""
    with connected(database, autocommit=True) as connection:
        done = []
        for one in _each(connection, database):
            say(f"{database} {one.table}: {one.left_out or f'{one.dead} dead rows, {one.seconds:.1f} s'}")
            done.append(one)
        return done


def _each(connection: Connection[Any], database: str) -> Iterator[Vacuumed]:
    from psycopg.errors import LockNotAvailable

    maintain = _MAINTAIN if connection.info.server_version >= 170000 else ""
    said: list[str] = []
    connection.add_notice_handler(lambda notice: said.append(notice.message_primary or ""))
    connection.execute(PATIENCE)
    locked: list[tuple[str, str, int, int]] = []
    for schema, table, dead, before, may in connection.execute(
        _TABLES.format(or_maintain=maintain).encode()
    ).fetchall():
        if not may:
            yield Vacuumed(database, f"{schema}.{table}", dead, before, before, 0.0, MAY_NOT)
            continue
        said.clear()
        seconds = _vacuum(connection, "VACUUM (ANALYZE, SKIP_LOCKED)", schema, table)
        if any("skipping" in words for words in said):
            locked.append((schema, table, dead, before))
            continue
        yield Vacuumed(database, f"{schema}.{table}", dead, before, _size(connection, schema, table), seconds)
    connection.execute(_WAITS)
    for schema, table, dead, before in locked:
        try:
            seconds = _vacuum(connection, "VACUUM (ANALYZE)", schema, table)
        except LockNotAvailable:
            yield Vacuumed(database, f"{schema}.{table}", dead, before, before, 0.0, LOCKED)
        else:
            yield Vacuumed(database, f"{schema}.{table}", dead, before, _size(connection, schema, table), seconds)


def _vacuum(connection: Connection[Any], how: str, schema: str, table: str) -> float:
    """Seconds that it took."""
    began = time.monotonic()
    connection.execute(f"{how} {quoted(schema, table)}".encode())
    return time.monotonic() - began


def _size(connection: Connection[Any], schema: str, table: str) -> int:
    row = connection.execute("SELECT pg_total_relation_size(%s::regclass)", [quoted(schema, table)]).fetchone()
    return row[0] if row else 0
