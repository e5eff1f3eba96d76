"""What PostgreSQL says of itself: sizes, indexes, connections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobs.backup.server import connected
from jobs.maintenance.roles import ADMINISTRATION

if TYPE_CHECKING:
    from psycopg import Connection

# To ask for a size takes a lock. A table of which somebody changes the shape has as its size what the last vacuum saw.
_SHAPED = """EXISTS (
  SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
  WHERE l.relation = {0}.oid AND l.mode = 'AccessExclusiveLock' AND l.granted)"""
PATIENCE = "SET lock_timeout = '5s'"


def size(function: str, relation: str, otherwise: str = "") -> str:
    """SQL for the bytes of a row of pg_class, whoever has it locked."""
    known = otherwise or f"{relation}.relpages::bigint * current_setting('block_size')::int"
    return f"CASE WHEN {_SHAPED.format(relation)} THEN {known} ELSE {function}({relation}.oid) END"


# Templates and what we may not connect to count, too: the oldest row of all makes the server stop.
_AGES = "SELECT datname, age(datfrozenxid) FROM pg_database ORDER BY 1"
# Transactions after which autovacuum must freeze a table (autovacuum_freeze_max_age); at 2^31 the server would stop.
FREEZE_AT = 200_000_000

_DATABASES = """
SELECT datname, pg_database_size(datname), age(datfrozenxid) FROM pg_database
WHERE NOT datistemplate AND has_database_privilege(datname, 'CONNECT') ORDER BY 1"""
_TABLES = f"""
SELECT n.nspname || '.' || c.relname, {size("pg_table_size", "c")}, {size("pg_indexes_size", "c", "0")},
       greatest(c.reltuples, 0)::bigint, coalesce(s.n_dead_tup, 0),
       greatest(s.last_vacuum, s.last_autovacuum), greatest(s.last_analyze, s.last_autoanalyze)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_t'
ORDER BY 2 DESC, 1"""
# Alike: table, columns, operators, expressions and condition. A unique one is more than its like; else one is enough.
_INDEXES = f"""
SELECT n.nspname || '.' || t.relname, i.relname, {size("pg_relation_size", "i")}, coalesce(s.idx_scan, 0),
       x.indisunique, x.indisvalid,
       (SELECT min(o.relname) FROM pg_index y JOIN pg_class o ON o.oid = y.indexrelid
        WHERE y.indrelid = x.indrelid AND y.indexrelid <> x.indexrelid AND y.indkey = x.indkey
          AND y.indclass = x.indclass AND y.indcollation = x.indcollation
          AND pg_get_expr(y.indexprs, y.indrelid) IS NOT DISTINCT FROM pg_get_expr(x.indexprs, x.indrelid)
          AND pg_get_expr(y.indpred, y.indrelid) IS NOT DISTINCT FROM pg_get_expr(x.indpred, x.indrelid)
          AND (y.indisunique > x.indisunique OR (y.indisunique = x.indisunique AND o.relname < i.relname)))
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
JOIN pg_namespace n ON n.oid = t.relnamespace LEFT JOIN pg_stat_user_indexes s ON s.indexrelid = i.oid
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_t'
ORDER BY 3 DESC, 1, 2"""
_CONNECTIONS = """
SELECT coalesce(datname, '-'), coalesce(usename, '-'), coalesce(state, '-'), count(*),
       coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)::float8,
       count(*) FILTER (WHERE cardinality(pg_blocking_pids(pid)) > 0)
FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3"""
_ROOM = """
SELECT current_setting('max_connections')::int
     - current_setting('superuser_reserved_connections')::int - current_setting('reserved_connections')::int"""


@dataclass(frozen=True)
class Database:
    """`age`: transactions since its oldest row was frozen."""

    name: str
    bytes: int
    age: int


@dataclass(frozen=True)
class Table:
    """`rows`: an estimate of the last analyze; `dead`: what a vacuum would take away; times as text, None for never."""

    database: str
    name: str
    bytes: int
    index_bytes: int
    rows: int
    dead: int
    vacuumed: str | None
    analyzed: str | None


@dataclass(frozen=True)
class Index:
    """`scans` since the statistics began; `like`: another index that does the same."""

    database: str
    table: str
    name: str
    bytes: int
    scans: int
    unique: bool
    valid: bool
    like: str | None

    @property
    def note(self) -> str:
        """What is wrong with it, most urgent first; empty when nothing is."""
        if not self.valid:
            return "invalid: a CREATE INDEX CONCURRENTLY failed"
        if self.like:
            return f"the same as {self.like}"
        return "" if self.scans or self.unique else "never used"


@dataclass(frozen=True)
class Session:
    """Connections that are alike. `oldest`: seconds of the longest transaction; `blocked` wait for another's lock."""

    database: str
    role: str
    state: str
    count: int
    oldest: float
    blocked: int


@dataclass(frozen=True)
class Connections:
    """`room` is what others than superusers may have."""

    sessions: tuple[Session, ...]
    room: int

    @property
    def used(self) -> int:
        return sum(one.count for one in self.sessions)

    @property
    def blocked(self) -> int:
        return sum(one.blocked for one in self.sessions)

    @property
    def oldest(self) -> float:
        """Seconds of the longest transaction of all."""
        return max((one.oldest for one in self.sessions), default=0.0)


def databases(only: Sequence[str] = ()) -> list[Database]:
    """Those that the role may connect to, or of them those named."""
    with connected(ADMINISTRATION, autocommit=True) as connection:
        found = [Database(*row) for row in _rows(connection, _DATABASES)]
    return [one for one in found if (one.name in only if only else one.name != ADMINISTRATION)]


def ages() -> dict[str, int]:
    """Every database of the server → transactions since its oldest row was frozen."""
    with connected(ADMINISTRATION, autocommit=True) as connection:
        return {str(name): int(age) for name, age in _rows(connection, _AGES)}


def tables(database: str) -> list[Table]:
    """Largest first."""
    with connected(database, autocommit=True) as connection:
        return [Table(database, *row[:5], *map(_when, row[5:])) for row in _rows(connection, _TABLES)]


def indexes(database: str) -> list[Index]:
    """Largest first."""
    with connected(database, autocommit=True) as connection:
        return [Index(database, *row) for row in _rows(connection, _INDEXES)]


def connections() -> Connections:
    """Of the whole server, without our own."""
    with connected(ADMINISTRATION, autocommit=True) as connection:
        ((room,),) = _rows(connection, _ROOM)
        return Connections(tuple(Session(*row) for row in _rows(connection, _CONNECTIONS)), room)


def _rows(connection: Connection[Any], query: str) -> list[tuple[Any, ...]]:
    connection.execute(PATIENCE)
    return connection.execute(query.encode()).fetchall()


def _when(value: Any) -> str | None:
    return None if value is None else f"{value:%Y-%m-%d %H:%M:%S}"
