"""Predictions as Parquet: what was logged, one a row; a part for each hour and what was read for it.

Columns: `prediction_id`, `prediction_time` and so on, then the model's features by their own names; so a part is also
a table that `mlops drift check` takes. A part is there when its manifest is, and is never written again.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from jobs.datasets.shelf import Shelf
from jobs.monitoring.logged import Logged

if TYPE_CHECKING:
    import pyarrow as pa

ID = "prediction_id"
TIME = "prediction_time"
MODEL = "prediction_model"
VERSION = "prediction_version"
DIGEST = "prediction_digest"
NEGATIVE = "prediction_negative"
POSITIVE = "prediction_positive"
PROBABILITY = "prediction_probability"
LABEL = "prediction_label"
# What a join with actuals needs.
OUTCOME_COLUMNS = (ID, TIME, VERSION, NEGATIVE, POSITIVE, PROBABILITY, LABEL)
MANIFEST = ".json"
READERS = 8


@dataclass(frozen=True)
class Part:
    """Parquet at `key` below the shelf's root; `sources`: the log's objects that it holds."""

    key: str
    sources: tuple[str, ...]
    rows: int

    def read(self, shelf: Shelf, columns: Sequence[str] | None = None) -> pa.Table:
        """These columns, or all. Raises DataError."""
        import pyarrow.parquet as pq

        return pq.read_table(io.BytesIO(shelf.read(self.key)), columns=columns and list(columns))


def folder(model: str, hour: datetime) -> str:
    """`<model>/<YYYY-MM-DD>/<HH>-`: what every part of this hour (UTC) begins with."""
    return f"{model}/{hour:%Y-%m-%d/%H}-"


def parts(shelf: Shelf, prefix: str) -> list[Part]:
    """Every part whose key begins so."""
    manifests = (json.loads(shelf.read(key)) for key in shelf.list_keys(prefix) if key.endswith(MANIFEST))
    return [Part(one["key"], tuple(one["sources"]), one["rows"]) for one in manifests]


def write(shelf: Shelf, prefix: str, tables: Sequence[pa.Table], sources: Sequence[str]) -> Part:
    """The same sources have the same key: a second run writes nothing."""
    import pyarrow.parquet as pq

    table = _joined(tables)

    name = f"{prefix}{hashlib.sha256(json.dumps(sorted(sources)).encode()).hexdigest()[:16]}"
    into = io.BytesIO()
    pq.write_table(table, into, compression="zstd")
    part = Part(f"{name}.parquet", tuple(sorted(sources)), table.num_rows)
    shelf.create(part.key, into.getvalue())
    manifest: dict[str, Any] = {"key": part.key, "rows": part.rows, "sources": part.sources}
    shelf.create(f"{name}{MANIFEST}", json.dumps(manifest).encode())
    return part


def window(
    shelf: Shelf, model: str, start: datetime, end: datetime, columns: Sequence[str] | None = OUTCOME_COLUMNS
) -> pa.Table:
    """Predictions in [start, end) by rising time, each id once; no rows when there are none. Raises DataError.

    `columns`: None is all, also the features.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    days = sorted({hour.date() for hour in hours(start, end)})
    with ThreadPoolExecutor(READERS) as pool:
        found = [part for day in pool.map(lambda day: parts(shelf, f"{model}/{day}/"), days) for part in day]
        tables = list(pool.map(lambda part: part.read(shelf, columns), found))
    if not tables:
        tables = [table_of([])]
    table = _joined(tables)
    bounds = [pa.scalar(time, table.schema.field(TIME).type) for time in (start, end)]
    inside = pc.and_(pc.greater_equal(table[TIME], bounds[0]), pc.less(table[TIME], bounds[1]))
    table = table.filter(inside).sort_by([(TIME, "ascending"), (ID, "ascending")])
    first: dict[str, int] = {}
    for place, name in enumerate(table[ID].to_pylist()):
        first.setdefault(name, place)
    return table.take(pa.array(list(first.values()), pa.int64()))


def table_of(rows: Sequence[Logged]) -> pa.Table:
    """Numeric features as float64, others as text. A feature that one of several models has not is null there."""
    import pyarrow as pa

    text, number = pa.string(), pa.float64()
    kinds: dict[str, str] = {}
    for model in {id(row.model): row.model for row in rows}.values():
        kinds |= model.features
    features: dict[str, list[Any]] = {name: [] for name in kinds}
    for row in rows:
        values = dict(zip(row.model.features, row.values, strict=True))
        for name, column in features.items():
            column.append(values.get(name))
    return pa.table(
        {
            ID: pa.array([row.id for row in rows], text),
            TIME: pa.array([row.time for row in rows], pa.timestamp("ms", tz="UTC")),
            MODEL: pa.array([row.model.name for row in rows], text),
            VERSION: pa.array([row.model.version for row in rows], text),
            DIGEST: pa.array([row.model.digest for row in rows], text),
            NEGATIVE: pa.array([row.model.labels[0] for row in rows], text),
            POSITIVE: pa.array([row.model.labels[1] for row in rows], text),
            PROBABILITY: pa.array([row.probability for row in rows], number),
            LABEL: pa.array([row.label for row in rows], text),
            **{
                name: pa.array(column, number if kinds[name] == "numeric" else text)
                for name, column in features.items()
            },
        }
    )


def _joined(tables: Sequence[pa.Table]) -> pa.Table:
    """One below the other; a feature that is a number in one and text in another is text."""
    import pyarrow as pa

    types: dict[str, set[pa.DataType]] = {}
    for table in tables:
        for field in table.schema:
            types.setdefault(field.name, set()).add(field.type)
    text = pa.string()
    mixed = {name for name, found in types.items() if text in found and len(found) > 1}
    alike = [
        table.cast(pa.schema([field.with_type(text) if field.name in mixed else field for field in table.schema]))
        for table in tables
    ]
    return pa.concat_tables(alike, promote_options="permissive")


def hours(start: datetime, end: datetime) -> list[datetime]:
    """Beginnings of the hours that touch [start, end)."""
    first = start.replace(minute=0, second=0, microsecond=0)
    count = max(0, -int(-(end - first).total_seconds() // 3600))
    return [first + timedelta(hours=place) for place in range(count)]
