"""Inference logs → predictions as Parquet. Any number of runs give each prediction once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from jobs.datasets.shelf import Shelf
from jobs.errors import DataError
from jobs.monitoring.logged import Logged, read_object
from jobs.monitoring.predictions import ID, folder, hours, parts, table_of, write
from jobs.serving.inference_log_place import hour_of

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass
class Collected:
    """What one run did. `repeated`: predictions whose id was there before; `unreadable`: objects left out."""

    objects: int = 0
    rows: int = 0
    repeated: int = 0
    parts: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


def collect(
    logs: Shelf, predictions: Shelf, model: str, start: datetime, end: datetime, say: Callable[[str], None]
) -> Collected:
    """Writes what the log has in [start, end) and the predictions have not. Raises UnreachableError."""
    done = Collected()
    by_hour: dict[datetime, list[str]] = {hour: [] for hour in hours(start, end)}
    for day in sorted({hour.date() for hour in by_hour}):
        for key in logs.list_keys(f"{model}/{day:%Y/%m/%d}/"):
            hour = hour_of(model, key)
            if hour is None:
                done.unreadable.append(f"{key}: not a key of the log")
            elif hour in by_hour:
                by_hour[hour].append(key)
    for hour, keys in by_hour.items():
        _one_hour(logs, predictions, folder(model, hour), keys, done, say)
    return done


def _one_hour(
    logs: Shelf, predictions: Shelf, prefix: str, keys: Sequence[str], done: Collected, say: Callable[[str], None]
) -> None:
    there = parts(predictions, prefix) if keys else []
    new = sorted(set(keys) - {source for part in there for source in part.sources})
    if not new:
        return
    ids = {one for part in there for one in part.read(predictions)[ID].to_pylist()}
    # A table for each object: its rows as Python's objects would take ten times the memory.
    tables: list[pa.Table] = []
    read: list[str] = []
    for key in new:
        try:
            found = read_object(logs.read(key), key)
        except DataError as error:
            done.unreadable.append(f"{key}: {' '.join(error.details) or error.problem}")
            continue
        read.append(key)
        rows: list[Logged] = []
        for row in found:
            if row.id not in ids:
                ids.add(row.id)
                rows.append(row)
        done.repeated += len(found) - len(rows)
        tables.append(table_of(rows))
    if read:
        part = write(predictions, prefix, tables, read)
        done.objects += len(read)
        done.rows += part.rows
        done.parts.append(part.key)
        say(f"{part.key}: {part.rows} predictions out of {len(read)} objects of the log")
