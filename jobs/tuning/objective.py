"""A trial's value: the mean score of its candidate over the folds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jobs.datasets.validate import validate
from jobs.training.scoring import Prepared, prepare, scores
from jobs.tuning.outcomes import FAILURE
from jobs.tuning.space import draw
from jobs.tuning.studies import Asked

if TYPE_CHECKING:
    from optuna import Trial


class Objective:
    """Reads and encodes the data once; every trial scores on the same folds."""

    def __init__(self, asked: Asked) -> None:
        """Raises DataError, ConfigError."""
        self._asked = asked
        data = asked.experiment.data
        table = validate(data.read(), asked.experiment.table, str(getattr(data, "path", data.kind)))
        self._prepared: Prepared = prepare(asked.experiment, table, asked.study.folds)

    def __call__(self, trial: Trial) -> float:
        """Reports the mean so far after each fold; a trial that is not promising ends there."""
        from optuna import TrialPruned

        try:
            candidate = draw(trial, self._asked.study.space)
            prepared, experiment = self._prepared, self._asked.experiment
            seen: list[float] = []
            for value in scores(
                candidate, prepared.matrix, prepared.labels, prepared.folds, self._asked.metric, experiment.seed,
                experiment.costs,
            ):  # fmt: skip
                seen.append(value)
                trial.report(float(np.mean(seen)), len(seen))
                if len(seen) < len(prepared.folds) and trial.should_prune():
                    raise TrialPruned
            trial.set_user_attr("folds", seen)
            return float(np.mean(seen))
        except TrialPruned:
            raise
        except Exception as error:
            trial.set_user_attr(FAILURE, f"{type(error).__name__}: {error}"[:1000])
            raise
