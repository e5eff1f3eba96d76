"""What the server saw as a table: the features of a window's predictions, and the label where it is known.

`mlops drift check --current` and training take it as it is: they leave columns out that they do not know.
"""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.datasets.shelf import Shelf
from jobs.errors import ConfigError, DataError, explain
from jobs.monitoring.actuals import Actuals
from jobs.monitoring.predictions import ID, window
from jobs.store import write_object

if TYPE_CHECKING:
    import pyarrow as pa


def labelled(
    shelf: Shelf, model: str, start: datetime, end: datetime, known: Actuals, label: str, *, all_rows: bool
) -> pa.Table:
    """Every column of the predictions, and the label (null: not known yet). Raises DataError when no row is left."""
    import pyarrow as pa
    import pyarrow.compute as pc

    table = window(shelf, model, start, end, columns=None)
    if label in table.column_names:
        raise ConfigError("the label's name is taken by a feature", given=label, change="give another with --label")
    actuals = (known.by_id.get(name) for name in table[ID].to_pylist())
    table = table.append_column(label, pa.array([one and one.label for one in actuals], pa.string()))
    kept = table if all_rows else table.filter(pc.is_valid(table[label]))
    if kept.num_rows == 0:
        raise DataError(
            "there is nothing to export",
            given=f"{table.num_rows} predictions of {model} since {start:%Y-%m-%d %H:%M} UTC, none with an outcome",
            change="run `mlops monitor collect`, or take more days",
        )
    return kept


def write(table: pa.Table, out: str) -> None:
    """Parquet at a path or `s3://bucket/key`; what was there is replaced. Raises ConfigError, UnreachableError."""
    import pyarrow.parquet as pq

    if not out.endswith(".parquet"):
        raise ConfigError("the export is Parquet", given=out, allowed="a name that ends in .parquet")
    into = io.BytesIO()
    pq.write_table(table, into, compression="zstd")
    if out.startswith("s3://"):
        write_object(out, into.getvalue())
        return
    path = Path(out)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}")
        unfinished.write_bytes(into.getvalue())
        unfinished.replace(path)
    except OSError as error:
        raise explain(error) or ConfigError(
            "the export cannot be written", given=out, change="give a place where you may write", details=(str(error),)
        ) from error
