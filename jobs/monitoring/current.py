"""What the server saw in the last day, where the nightly drift check looks for it."""

from __future__ import annotations

from datetime import datetime, timedelta

from jobs.datasets.shelf import Shelf
from jobs.monitoring.config import Monitoring
from jobs.monitoring.export import write
from jobs.monitoring.predictions import window

SPAN = timedelta(days=1)


def refresh(config: Monitoring, predictions: Shelf, end: datetime, root: str) -> tuple[str | None, int]:
    """Writes `<root>/<model>/<day>.parquet` → its address, None with fewer rows than drift can judge; and the rows.

    One object for each day: whatever drifts on another day asks for a retraining of its own. Raises UnreachableError.
    """
    table = window(predictions, config.model, end - SPAN, end, columns=None)
    if table.num_rows < config.drift.minimum_rows:
        return None, table.num_rows
    out = f"{root}/{config.model}/{end:%Y-%m-%d}.parquet"
    write(table, out)
    return out, table.num_rows
