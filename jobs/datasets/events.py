"""The time of each row, out of a column that the schema does not have."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from jobs.datasets.parquet import Times
from jobs.datasets.validate import tell
from jobs.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


def event_times(frame: pd.DataFrame, column: str, latest: datetime, source: str) -> Times:
    """UTC, microseconds; a time without a zone is UTC. Raises DataError for what is no time, missing, or after
    `latest`: a snapshot holds nothing that was not known when it was taken."""
    import pandas as pd

    if column not in frame.columns:
        raise DataError(f"{source} has no column of event times", given=list(map(str, frame.columns)), allowed=column)
    times = pd.to_datetime(frame[column], utc=True, errors="coerce", format="ISO8601")
    problems: list[str] = []
    cells = frame[column].to_numpy(dtype=object)
    tell(problems, column, "is no time like 2026-11-20T12:00Z", np.flatnonzero(times.isna()), cells)
    late = f"is after {latest.isoformat()}, when this snapshot is taken"
    tell(problems, column, late, np.flatnonzero(times > latest), cells)
    if problems:
        raise DataError(f"{source} has rows without a usable time", details=tuple(problems))
    return times.dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
