"""Tables and matrices as Parquet; equal content is equal bytes under one version of pyarrow."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from jobs.datasets.table import Table
from jobs.errors import DataError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Times = npt.NDArray[np.datetime64]


def table_bytes(table: Table, event_time: tuple[str, Times] | None = None) -> bytes:
    """The columns, the label as its text, and the column of event times in UTC; missing values are null."""
    import pyarrow as pa

    columns: dict[str, Any] = {}
    for column in table.schema.columns:
        values = table.columns[column.name]
        columns[column.name] = (
            pa.array(values, pa.float64(), from_pandas=True)
            if column.kind == "numeric"
            else pa.array(values.tolist(), pa.string())
        )
    if table.labels is not None:
        label = table.schema.label
        columns[label.name] = pa.array(np.where(table.labels == 1, label.positive, label.negative).tolist())
    if event_time is not None:
        columns[event_time[0]] = pa.array(event_time[1], pa.timestamp("us", tz="UTC"))
    return _bytes(pa.table(columns))


def matrix_bytes(matrix: npt.NDArray[np.float32], columns: Sequence[str]) -> bytes:
    """One float32 column for each of the matrix; a missing number is NaN as in the matrix."""
    import pyarrow as pa

    return _bytes(pa.table({name: matrix[:, place] for place, name in enumerate(columns)}))


def read_frame(content: bytes, where: str) -> pd.DataFrame:
    """Raises DataError when it is no valid Parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        frame: pd.DataFrame = pq.read_table(io.BytesIO(content)).to_pandas()
    except (pa.ArrowInvalid, OSError) as error:
        raise DataError(
            "the file is no valid Parquet", given=where, change="write it again, or give another", details=(str(error),)
        ) from error
    return frame


def _bytes(table: pa.Table) -> bytes:
    import pyarrow.parquet as pq

    into = io.BytesIO()
    pq.write_table(table, into)
    return into.getvalue()
