"""Databases into a set: one snapshot for everything that is read of a database, all taken at the same time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jobs.backup.errors import BackupError
from jobs.backup.manifest import Database, Model, ModelVersion, Table
from jobs.backup.manifest import Sequence as Numbers
from jobs.backup.packer import Packer
from jobs.backup.server import Rows, connected, quoted, schema
from jobs.bundle.digest import BUNDLE_TAG

if TYPE_CHECKING:
    from psycopg import Connection

DATABASES = ("mlflow", "mlflow_auth", "studies")
OURS = "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_%'"
# Not of partitions' parents, which have no rows; generated columns make themselves.
TABLES = f"""
    SELECT n.nspname, c.relname, array_agg(a.attname ORDER BY a.attnum) FILTER (WHERE a.attname IS NOT NULL)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND {OURS} GROUP BY 1, 2 ORDER BY 1, 2"""
SEQUENCES = f"""
    SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'S' AND {OURS} ORDER BY 1, 2"""
# Names of sets sort by whole seconds. A clock that went back by more is told of and not waited for.
NEXT_SECOND = """
    SELECT pg_sleep(extract(epoch FROM wait)) FROM (
        SELECT date_trunc('second', %(after)s::timestamptz) + interval '1 second' - clock_timestamp() AS wait
    ) AS until WHERE wait BETWEEN interval '0' AND interval '1 second'"""
# A set has tables and sequences: what else holds rows must not be lost without a word.
UNKNOWN = f"""
    SELECT 'large objects' WHERE EXISTS (SELECT 1 FROM pg_largeobject_metadata)
    UNION ALL SELECT CASE c.relkind WHEN 'f' THEN 'foreign table ' ELSE 'materialized view ' END || c.relname
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('f', 'm') AND {OURS}"""


@dataclass(frozen=True)
class Snapshot:
    """A database as it was at `time`, for as long as the connection is open."""

    name: str
    connection: Connection[Any]
    exported: str
    time: datetime
    wal: str
    server: str
    owner: str


@contextmanager
def snapshots(names: Sequence[str], *, after: datetime | None = None) -> Iterator[list[Snapshot]]:
    """All databases, milliseconds apart: there is no snapshot of several; in a later second than `after`.

    Raises UnreachableError, BackupError.
    """
    with ExitStack() as stack:
        connections = [stack.enter_context(connected(name)) for name in names]
        if after is not None:
            connections[0].execute(NEXT_SECOND, {"after": after})
            connections[0].rollback()
        yield [_snapshot(name, connection) for name, connection in zip(names, connections, strict=True)]


def _snapshot(name: str, connection: Connection[Any]) -> Snapshot:
    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    row = connection.execute(
        "SELECT pg_export_snapshot(), transaction_timestamp(), current_setting('server_version'),"
        " (SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()),"
        " CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END::text"
    ).fetchone()
    # The session waits in its transaction while rows are read by others; the platform ends such after 10 minutes.
    connection.execute("SET idle_in_transaction_session_timeout = 0")
    assert row is not None
    return Snapshot(name, connection, row[0], row[1].astimezone(UTC), row[4], row[2], row[3])


def capture(snapshot: Snapshot, packer: Packer) -> Database:
    """Everything of it. Raises BackupError."""
    connection = snapshot.connection
    if unknown := [row[0] for row in connection.execute(UNKNOWN)]:
        raise BackupError(
            f"the database {snapshot.name} has what a set cannot hold", given=", ".join(unknown),
            allowed="tables and sequences", change="drop it, or back this database up with pg_dump",
        )  # fmt: skip
    # pg_dump mostly waits for answers: both sections are read while rows are.
    with ThreadPoolExecutor(2, thread_name_prefix="schema") as pool:
        before, after = (
            pool.submit(schema, snapshot.name, section, snapshot.exported) for section in ("pre-data", "post-data")
        )
        tables = tuple(_table(snapshot, packer, *row) for row in connection.execute(TABLES).fetchall())
    sequences = tuple(_sequence(connection, *row) for row in connection.execute(SEQUENCES).fetchall())
    return Database(
        name=snapshot.name, owner=snapshot.owner, time=snapshot.time, wal=snapshot.wal, server=snapshot.server,
        revision=revision_of(connection), before=packer.add([before.result()]), tables=tables, sequences=sequences,
        after=packer.add([after.result()]),
    )  # fmt: skip


def _table(snapshot: Snapshot, packer: Packer, space: str, name: str, columns: list[str] | None) -> Table:
    table = quoted(space, name)
    rows = Rows(snapshot.connection, table, columns or [], snapshot.exported)
    content = packer.add(rows)
    return Table(name=table, columns=tuple(columns or []), rows=rows.count, content=content)


def _sequence(connection: Connection[Any], space: str, name: str) -> Numbers:
    row = connection.execute(f"SELECT last_value, is_called FROM {quoted(space, name)}".encode()).fetchone()
    assert row is not None
    return Numbers(name=quoted(space, name), last=row[0], called=row[1])


def revision_of(connection: Connection[Any]) -> str | None:
    """Of the schema, as Alembic keeps it; None where it does not."""
    # The database of users has had the former table until MLflow 3.6, and keeps it.
    table = next((name for name in ("alembic_version_auth", "alembic_version") if has_table(connection, name)), None)
    row = connection.execute(f"SELECT version_num FROM {table}".encode()).fetchone() if table else None
    return None if row is None else str(row[0])


def has_table(connection: Connection[Any], name: str) -> bool:
    row = connection.execute("SELECT to_regclass(%s) IS NOT NULL", [f"public.{name}"]).fetchone()
    return bool(row and row[0])


def models(connection: Connection[Any]) -> tuple[Model, ...]:
    """The registry by names: aliases, versions, digests; none where the database is not MLflow's."""
    if not has_table(connection, "registered_models"):
        return ()
    versions: dict[str, list[ModelVersion]] = {}
    for name, version, source, run, bundle in connection.execute(
        "SELECT v.name, v.version, coalesce(v.storage_location, v.source), v.run_id, t.value FROM model_versions v"
        " LEFT JOIN model_version_tags t ON t.name = v.name AND t.version = v.version AND t.key = %s"
        " WHERE v.current_stage IS DISTINCT FROM 'Deleted_Internal' ORDER BY v.name, v.version",
        [BUNDLE_TAG],
    ):
        versions.setdefault(name, []).append(
            ModelVersion(version=str(version), source=source or "", run=run, bundle=bundle, files=0)
        )
    aliases: dict[str, dict[str, str]] = {}
    for name, alias, version in connection.execute("SELECT name, alias, version FROM registered_model_aliases"):
        aliases.setdefault(name, {})[alias] = str(version)
    return tuple(
        Model(name=name, aliases=aliases.get(name, {}), versions=tuple(versions.get(name, [])))
        for (name,) in connection.execute("SELECT name FROM registered_models ORDER BY name").fetchall()
    )
