"""A Parquet file → a window, batch by batch: memory does not grow with the rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from jobs.datasets.schema import Schema
from jobs.datasets.table import Rows, Table
from jobs.drift.columns import Coded, coded, numbers
from jobs.drift.counts import CategoryCounts, NumberCounts, count_categories, count_numbers
from jobs.drift.labels import labels_of
from jobs.drift.numbers import Numbers
from jobs.drift.reference import Reference
from jobs.drift.window import Window, sampled
from jobs.errors import DataError, explain

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

BATCH = 65_536
# Read ahead of each column; without, a whole group of rows is in memory.
BUFFER = 1 << 20
Column = npt.NDArray[np.float64] | Coded


def stream(path: str, schema: Schema, reference: Reference, scored_rows: int, seed: int) -> Window:
    """A path or `s3://…`. Raises DataError as `validate` does; rows of a range are told with their range."""
    with _opened(path) as file:
        parquet = _parquet(file, path)
        label = schema.label.name if schema.label.name in parquet.schema_arrow.names else None
        wanted = [*schema.names(), *([label] if label else [])]
        _check(parquet, schema, path)
        places = sampled(parquet.metadata.num_rows, scored_rows, seed)
        found: dict[str, NumberCounts | CategoryCounts] = {}
        drawn: dict[str, list[npt.NDArray[Any]]] = {name: [] for name in wanted}
        start = 0
        for batch in _batches(parquet, wanted, path):
            here = places[np.searchsorted(places, start) : np.searchsorted(places, start + batch.num_rows)] - start
            for name in wanted:
                column = _column(batch, name, schema, f"{path} (rows from {start + 1})", name == label)
                drawn[name].append(_take(column, here))
                if name in reference.features:
                    part = _count(reference, name, column)
                    found[name] = found[name] + part if name in found else part  # type: ignore[operator]  # one kind
            start += batch.num_rows
    columns = {name: np.concatenate(parts) for name, parts in drawn.items()}
    labels = labels_of(columns.pop(label), schema.label, path) if label else None
    return Window(start, found, Table(schema, columns, None), labels)


def _count(reference: Reference, name: str, column: Column) -> NumberCounts | CategoryCounts:
    known = reference.features[name]
    if isinstance(known, Numbers):
        assert not isinstance(column, Coded)
        return count_numbers(known, column)
    assert isinstance(column, Coded)
    return count_categories(known, column.rows())


def _take(column: Column, places: Rows) -> npt.NDArray[Any]:
    return column.take(places) if isinstance(column, Coded) else column[places]


def _column(batch: pa.RecordBatch, name: str, schema: Schema, where: str, label: bool) -> Column:
    """As `validate` reads it; what is not plainly a number is left to it."""
    column = batch.column(name)
    if label or name in schema.names("categorical"):
        return coded(column)
    values = numbers(column)
    if values is not None:
        return values
    import pyarrow as pa

    from jobs.datasets.validate import validate

    one = schema.model_copy(update={"columns": tuple(each for each in schema.columns if each.name == name)})
    frame = pa.table({name: column}).to_pandas()
    return validate(frame, one, where, labelled=False).columns[name]


def _check(parquet: pq.ParquetFile, schema: Schema, path: str) -> None:
    names = parquet.schema_arrow.names
    absent = [name for name in schema.names() if name not in names]
    twice = sorted({name for name in names if names.count(name) > 1} & {*schema.names(), schema.label.name})
    if absent or twice:
        raise DataError(
            f"{path} does not have the columns of the schema",
            details=tuple([f"column {n!r} is missing" for n in absent] + [f"column {n!r} occurs twice" for n in twice]),
            given=names,
            allowed=list(schema.names()),
        )
    if parquet.metadata.num_rows == 0:
        raise DataError(f"{path} has no rows", allowed="at least one row")


def _parquet(file: IO[bytes], path: str) -> pq.ParquetFile:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        texts = [field.name for field in pq.read_schema(file) if pa.types.is_string(field.type)]
        file.seek(0)
        return pq.ParquetFile(file, read_dictionary=texts, pre_buffer=False, buffer_size=BUFFER)
    except (pa.ArrowInvalid, OSError) as error:
        raise _no_parquet(path, error) from error


def _batches(parquet: pq.ParquetFile, columns: list[str], path: str) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    try:
        yield from parquet.iter_batches(BATCH, columns=columns, use_threads=False)
    except (pa.ArrowInvalid, OSError) as error:
        raise _no_parquet(path, error) from error


def _no_parquet(path: str, error: Exception) -> DataError:
    return DataError(
        "the file is no valid Parquet", given=path, change="write it again, or give another", details=(str(error),)
    )


@contextmanager
def _opened(path: str) -> Iterator[IO[bytes]]:
    """An object of the store goes to a file first: reading it in parts needs to seek."""
    if not path.startswith("s3://"):
        with _local(path) as file:
            yield file
        return
    from jobs.store import client, split

    bucket, key = split(path)
    with TemporaryFile(prefix="mlops-drift-") as copy:
        try:
            client().download_fileobj(bucket, key, copy)
        except Exception as error:
            if (getattr(error, "response", None) or {}).get("Error", {}).get("Code") in (
                "404",
                "NoSuchKey",
                "NoSuchBucket",
            ):
                raise DataError("the object does not exist", given=path) from error
            raise explain(error) or error from error
        copy.seek(0)
        yield copy


def _local(path: str) -> IO[bytes]:
    try:
        return Path(path).open("rb")
    except OSError as error:
        raise DataError(
            "the file cannot be read", given=path, change="give one that is there and that you may read",
            details=(str(error.strerror),),
        ) from error  # fmt: skip
