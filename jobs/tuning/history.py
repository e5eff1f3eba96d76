"""A study's trials as a table, and its best parameters; pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from optuna.trial import FrozenTrial

from jobs.tuning.outcomes import FAILURE
from jobs.tuning.space import candidate_of
from jobs.tuning.studies import Asked

COLUMNS = ("number", "state", "value", "start", "seconds", "retry_of", "failure")


def as_csv(trials: Sequence[FrozenTrial]) -> str:
    """One row for each trial by number, one column for each parameter by name; empty is unknown."""
    names = sorted({name for trial in trials for name in trial.params})
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*COLUMNS, *names])
    for trial in trials:
        seconds = trial.duration.total_seconds() if trial.duration else None
        writer.writerow(
            [
                trial.number,
                trial.state.name.lower(),
                trial.values[0] if trial.values else None,
                trial.datetime_start.astimezone().isoformat(timespec="seconds") if trial.datetime_start else None,
                seconds,
                trial.system_attrs.get("failed_trial"),
                trial.user_attrs.get(FAILURE),
                *(trial.params.get(name) for name in names),
            ]
        )
    return out.getvalue()


def winner(asked: Asked, trial: FrozenTrial) -> dict[str, Any]:
    """The best trial as JSON; `candidate` can stand in an experiment's `candidates` as it is."""
    return {
        "study": asked.study.study,
        "trial": trial.number,
        "metric": asked.metric,
        "value": trial.value,
        "folds": trial.user_attrs.get("folds"),
        "parameters": trial.params,
        "candidate": candidate_of(trial.params, asked.study.space).model_dump(mode="json"),
    }
