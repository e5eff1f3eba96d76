"""What really happened: rows of `prediction_id`, `label` and, where it is known, the `time` it became known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from jobs.datasets.source import SUFFIXES, FileSource
from jobs.errors import DataError
from jobs.monitoring.performance import Outcomes
from jobs.monitoring.predictions import ID, LABEL, NEGATIVE, POSITIVE, PROBABILITY, TIME, VERSION
from jobs.store import list_objects

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

ACTUAL_ID, ACTUAL_LABEL, ACTUAL_TIME = "prediction_id", "label", "time"
SHOWN = 5
DAY = np.timedelta64(86_400_000, "ms")


@dataclass(frozen=True)
class Actual:
    """One known label; `time` is NaT where none is given."""

    label: str
    time: np.datetime64


@dataclass(frozen=True)
class Counts:
    """`unmatched`: actuals of no prediction in the window; `late`: those that came too long after it, left out.

    `corrected`: actuals that a later one for the same prediction replaced.
    """

    predictions: int
    actuals: int
    matched: int
    unmatched: int
    late: int
    corrected: int


@dataclass(frozen=True)
class Actuals:
    """By prediction; of several for one, the last that became known."""

    by_id: dict[str, Actual]
    corrected: int


def files(place: str) -> list[str]:
    """The file itself, or every CSV and Parquet file below a folder or prefix, by name."""
    if place.endswith(SUFFIXES):
        return [place]
    if place.startswith("s3://"):
        return sorted(url for url, _ in list_objects(f"{place.rstrip('/')}/") if url.endswith(SUFFIXES))
    return sorted(str(path) for path in Path(place).rglob("*") if path.suffix in SUFFIXES)


def read(place: str) -> Actuals:
    """Raises DataError on a file without the columns, or with rows that name no prediction or label."""
    by_id: dict[str, Actual] = {}
    rows = 0
    for path in files(place):
        for name, actual in _rows(FileSource(kind="file", path=path).read(), path):
            before = by_id.get(name)
            rows += 1
            # A file of later name, or a row further down, is the later word when neither has a time.
            if before is None or not before.time > actual.time:
                by_id[name] = actual
    return Actuals(by_id, rows - len(by_id))


def join(predictions: pa.Table, actuals: Actuals, latest_days: float) -> tuple[Outcomes, Counts]:
    """Predictions (each id once) with a known label. Raises DataError on a label that their model does not know."""
    ids: list[str] = predictions[ID].to_pylist()
    times: npt.NDArray[Any] = predictions[TIME].to_numpy().astype("datetime64[ms]")
    known = [actuals.by_id.get(name) for name in ids]
    found = np.array([one is not None for one in known], dtype=np.bool_)
    when = np.array([one.time if one else np.datetime64("NaT") for one in known], dtype="datetime64[ms]")
    late = found & (when - times > latest_days * DAY)
    used = found & ~late
    labels = [one.label if one else None for one in known]
    positive, negative = predictions[POSITIVE].to_pylist(), predictions[NEGATIVE].to_pylist()
    wrong = [place for place in np.flatnonzero(used) if labels[place] not in (positive[place], negative[place])]
    if wrong:
        raise DataError(
            "an actual label is none of the model's",
            details=tuple(f"prediction {ids[place]}: {str(labels[place])[:60]!r}" for place in wrong[:SHOWN]),
            allowed=f"{negative[wrong[0]]!r} or {positive[wrong[0]]!r}",
        )
    actual = np.array([label == yes for label, yes in zip(labels, positive, strict=True)], dtype=np.bool_)
    predicted = [label == yes for label, yes in zip(predictions[LABEL].to_pylist(), positive, strict=True)]
    outcomes = Outcomes(
        times, np.array(predictions[VERSION].to_pylist(), dtype=object), predictions[PROBABILITY].to_numpy(),
        np.array(predicted, dtype=np.bool_), actual,
    )  # fmt: skip
    matched = int(found.sum())
    counts = Counts(
        predictions=len(ids), actuals=len(actuals.by_id), matched=matched, unmatched=len(actuals.by_id) - matched,
        late=int(late.sum()), corrected=actuals.corrected,
    )  # fmt: skip
    return outcomes.take(used), counts


def _rows(frame: pd.DataFrame, path: str) -> Iterable[tuple[str, Actual]]:
    import pandas as pd

    absent = [name for name in (ACTUAL_ID, ACTUAL_LABEL) if name not in frame.columns]
    if absent:
        raise DataError(
            f"{path} is no table of actuals", given=[str(name) for name in frame.columns],
            allowed=f"columns {ACTUAL_ID}, {ACTUAL_LABEL} and, if known, {ACTUAL_TIME}",
        )  # fmt: skip
    ids, labels = (_texts(frame[name]) for name in (ACTUAL_ID, ACTUAL_LABEL))
    empty = [row for row, pair in enumerate(zip(ids, labels, strict=True), 1) if not all(pair)]
    if empty:
        raise DataError(f"{path} has rows without prediction or label", given=f"rows {empty[:SHOWN]}")
    if ACTUAL_TIME in frame.columns:
        times = pd.to_datetime(frame[ACTUAL_TIME], utc=True, errors="coerce", format="ISO8601")
        wrong = [row for row, bad in enumerate(times.isna(), 1) if bad]
        if wrong:
            raise DataError(
                f"{path} has rows whose time is none", given=f"rows {wrong[:SHOWN]}", allowed="2026-11-20T12:00:00Z"
            )
        when = times.dt.tz_convert(None).to_numpy().astype("datetime64[ms]")
    else:
        when = np.full(len(frame), np.datetime64("NaT"), dtype="datetime64[ms]")
    return ((name, Actual(label, time)) for name, label, time in zip(ids, labels, when, strict=True))


def _texts(series: pd.Series[Any]) -> list[str]:
    """Whole floats without `.0`, as labels of the training data are read."""
    cells = series.astype(object).where(series.notna(), "").tolist()
    return [
        str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip() for cell in cells
    ]  # fmt: skip
