"""Addresses of artifacts in rows, after their bucket has another name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from jobs.backup.databases import OURS
from jobs.backup.server import quoted

if TYPE_CHECKING:
    from psycopg import Connection

# Every column of text: where MLflow keeps addresses differs between its versions.
COLUMNS = f"""
    SELECT n.nspname, c.relname, array_agg(a.attname ORDER BY a.attnum)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    WHERE c.relkind = 'r' AND {OURS} AND a.atttypid IN ('text'::regtype, 'varchar'::regtype)
    GROUP BY 1, 2 ORDER BY 1, 2"""


def rewrite(connection: Connection[Any], renamed: Mapping[str, str], only: Iterable[str] | None = None) -> int:
    """Values that begin with `s3://old/`, and JSON whose strings do, say `s3://new/` afterwards → how many. `only`: of
    these tables."""
    wanted = None if only is None else set(only)
    changed = 0
    for space, table, columns in connection.execute(COLUMNS.encode()).fetchall():
        name = quoted(space, table)
        for column in columns if wanted is None or name in wanted else ():
            for old, new in renamed.items():
                before, field = f"s3://{old}", quoted(column)
                # A regular expression alone would take three times as long where there is nothing to change.
                done = connection.execute(
                    f"UPDATE {name} SET {field} = regexp_replace({field}, %s, %s, 'g')"
                    f" WHERE starts_with({field}, %s) OR {field} = %s OR strpos({field}, %s) > 0".encode(),
                    [rf'(^|"){re.escape(before)}(?=/|$)', rf"\1s3://{new}", f"{before}/", before, f'"{before}/'],
                )
                changed += done.rowcount
    return changed
