"""The performance of a model in a window of time: predictions, joined with actuals, figures, verdict."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from jobs.datasets.shelf import Shelf
from jobs.monitoring.actuals import Actuals, Counts, join
from jobs.monitoring.config import Monitoring
from jobs.monitoring.performance import Outcomes, Performance, performance
from jobs.monitoring.predictions import VERSION, window
from jobs.monitoring.verdict import Verdict, judge


@dataclass(frozen=True)
class Step:
    """One hour, day or week (from Monday), by the time of the predictions."""

    start: datetime
    performance: Performance


@dataclass(frozen=True)
class Measured:
    """Everything that is told about a window; the verdict is on `version`, which gave the last prediction in it.

    What an older version did must not hang over the one that replaced it.
    """

    model: str
    version: str | None
    start: datetime
    end: datetime
    counts: Counts
    overall: Performance | None
    verdict: Verdict
    steps: tuple[Step, ...]
    versions: dict[str, Performance]

    def as_dict(self) -> dict[str, Any]:
        """For machines; times as ISO 8601."""
        data = asdict(self)
        for step in data["steps"]:
            step["start"] = step["start"].isoformat()
        return {**data, "start": self.start.isoformat(), "end": self.end.isoformat()}


def measure(config: Monitoring, predictions: Shelf, known: Actuals, start: datetime, end: datetime) -> Measured:
    """Raises DataError, UnreachableError."""
    table = window(predictions, config.model, start, end)
    outcomes, counts = join(table, known, config.performance.latest_days)
    served = table[VERSION].to_pylist()
    latest = str(served[-1]) if served else None
    versions = {str(name): one for name in sorted(set(outcomes.versions)) if (one := _of(outcomes, name))}
    return Measured(
        config.model, latest, start, end, counts, performance(outcomes),
        judge(versions.get(latest or ""), config.performance), tuple(steps(outcomes, config.performance.step)),
        versions,
    )  # fmt: skip


def steps(outcomes: Outcomes, step: str) -> list[Step]:
    """By rising time; steps without labelled predictions are left out."""
    starts = floor(outcomes.times, step)
    found = [(start, performance(outcomes.take(starts == start))) for start in np.unique(starts)]
    return [Step(_time(start), one) for start, one in found if one]


def floor(times: npt.NDArray[np.datetime64], step: str) -> npt.NDArray[np.datetime64]:
    """Each time → the beginning of its hour, day or week in UTC."""
    if step == "week":
        # numpy's weeks begin on Thursday, the day of 1970-01-01.
        days = times.astype("datetime64[D]")
        since_monday = ((days.astype(np.int64) + 3) % 7).astype("timedelta64[D]")
        return np.asarray(days - since_monday)
    return times.astype("datetime64[h]" if step == "hour" else "datetime64[D]")


def _of(outcomes: Outcomes, version: object) -> Performance | None:
    return performance(outcomes.take(np.asarray(outcomes.versions == version, dtype=np.bool_)))


def _time(moment: np.datetime64) -> datetime:
    return datetime.fromisoformat(f"{np.datetime_as_string(moment.astype('datetime64[s]'))}+00:00")
