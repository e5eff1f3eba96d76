"""Whether a migration has left the rows alone: each table before and after, whatever the order of its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobs.backup.databases import OURS
from jobs.backup.server import quoted

if TYPE_CHECKING:
    from psycopg import Connection

# What the platform keeps in MLflow: a migration that changes one of these rows is refused. What else it may move or
# remove (tables of traces, permissions that become roles) is told.
KEPT = (
    "experiments", "experiment_tags", "runs", "tags", "params", "metrics", "latest_metrics", "datasets", "inputs",
    "input_tags", "registered_models", "registered_model_tags", "registered_model_aliases", "model_versions",
    "model_version_tags", "logged_models", "logged_model_params", "logged_model_tags", "logged_model_metrics", "users",
)  # fmt: skip
# A wider type that shows the same value is no change, and the length that a type allows is no part of it.
WIDER = {"varchar": "text", "bpchar": "text", "int2": "int8", "int4": "int8", "float4": "float8"}
COLUMNS = f"""
    SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum), array_agg(t.typname::text ORDER BY a.attnum)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    JOIN pg_type t ON t.oid = a.atttypid
    WHERE c.relkind = 'r' AND n.nspname = 'public' AND {OURS} AND c.relname NOT LIKE 'alembic\\_version%'
    GROUP BY 1 ORDER BY 1"""


@dataclass(frozen=True)
class Compared:
    """`rows` of `tables` are the same; `changed` are what the migration did to others, `problems` to those that must
    stay."""

    tables: int
    rows: int
    changed: tuple[str, ...]
    problems: tuple[str, ...]


def compare(before: Connection[Any], after: Connection[Any]) -> Compared:
    """Every table of `before`, by the columns that both have with the same type. Nobody may write to either."""
    old, new = _tables(before), _tables(after)
    same, rows = 0, 0
    changed: list[str] = []
    problems: list[str] = []
    for table, columns in old.items():
        shared = [name for name, kind in columns.items() if new.get(table, {}).get(name) == kind]
        counted, digest = _digest(before, table, shared)
        now = _digest(after, table, shared) if table in new else (0, "")
        lost = [name for name in columns if name not in shared] if table in KEPT else []
        if counted == 0 or (now == (counted, digest) and not lost):
            same, rows = same + 1, rows + counted
            continue
        words = f"{table}: {counted} rows before, {now[0]} after"
        words += f", without {', '.join(lost)}" if lost else ", with other values" if now[0] == counted else ""
        (problems if table in KEPT else changed).append(words)
    return Compared(same, rows, tuple(changed), tuple(problems))


def _tables(connection: Connection[Any]) -> dict[str, dict[str, str]]:
    """Table → column → type."""
    rows = connection.execute(COLUMNS.encode()).fetchall()
    return {
        table: {name: WIDER.get(kind, kind) for name, kind in zip(names, kinds, strict=True)}
        for table, names, kinds in rows
    }


def _digest(connection: Connection[Any], table: str, columns: list[str]) -> tuple[int, str]:
    """Rows, and the sum of 64 bits of each row's MD5."""
    fields = ", ".join(quoted(name) for name in columns)
    each = f"('x' || left(md5(ROW({fields})::text), 16))::bit(64)::bigint::numeric"
    row = connection.execute(
        f"SELECT count(*), coalesce(sum({each}), 0)::text FROM {quoted('public', table)}".encode()
    ).fetchone()
    assert row is not None
    return int(row[0]), str(row[1])
