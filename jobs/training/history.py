"""What was trained so far, as MLflow tells it: experiments, trainings, candidates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from jobs.bundle.digest import BUNDLE_TAG
from jobs.errors import TrainingError
from jobs.training.config import LOWER_IS_BETTER
from jobs.training.record import BEST_TAG, DATA_TAG, ROLE
from jobs.training.runs import FAILURE_TAG, PARENT_TAG

# One page of MLflow's search; a list of more is nobody's to read.
PAGE = 1000
CONFIG_FILE = "config.yaml"


@dataclass(frozen=True)
class Ran:
    """A run: a training (role `experiment`) or one of its candidates. `started` is UTC; `best` a candidate's id."""

    run_id: str
    experiment: str
    name: str
    role: str
    status: str
    started: str
    seconds: float | None
    best: str | None
    data_sha256: str | None
    bundle_sha256: str | None
    failure: str | None
    metrics: dict[str, float]


@dataclass(frozen=True)
class Trainings:
    """One experiment's trainings, newest first."""

    experiment: str
    experiment_id: str
    trainings: tuple[Ran, ...]


class History:
    """Every method raises TrainingError for a name that does not exist, with those that do."""

    def __init__(self) -> None:
        from mlflow import MlflowClient

        self._client = MlflowClient()

    def experiments(self) -> list[Trainings]:
        """Every experiment with a training among the newest 1,000; the most recently trained first."""
        names = {one.experiment_id: one.name for one in self._client.search_experiments(max_results=PAGE)}
        runs = self._search(names, "experiment", PAGE)
        found: dict[str, list[Ran]] = {}
        for run in runs:
            found.setdefault(run.experiment, []).append(run)
        ids = {name: key for key, name in names.items()}
        return [Trainings(name, ids[name], tuple(ran)) for name, ran in found.items()]

    def trainings(self, experiment: str, limit: int = PAGE) -> list[Ran]:
        """Newest first."""
        return self._search(self._names(experiment), "experiment", limit)

    def candidates(self, training: str) -> list[Ran]:
        """Of one training, by run id; in the order of their names."""
        run = self._run(training)
        found = self._search(
            {run.info.experiment_id: self._client.get_experiment(run.info.experiment_id).name},
            "candidate", PAGE, f"tags.`{PARENT_TAG}` = '{training}'",
        )  # fmt: skip
        return sorted(found, key=lambda one: one.name)

    def latest(self, experiment: str | None = None) -> Ran:
        """The newest training, of one experiment or of all."""
        found = self.trainings(experiment, 1) if experiment else [one.trainings[0] for one in self.experiments()[:1]]
        if not found:
            raise TrainingError("nothing was trained yet", given=experiment, change="mlops train run CONFIG")
        return found[0]

    def best(self, experiment: str, metric: str | None = None, any_data: bool = False) -> tuple[Ran, str]:
        """The finished candidate with the best metric → it and the metric's name.

        Compared are candidates on the data of the newest finished training, unless `any_data`: figures of other rows
        do not compare. The default metric is what that training's config selects by, on the validation rows.
        """
        newest = next((one for one in self.trainings(experiment) if one.status == "FINISHED"), None)
        if newest is None:
            raise TrainingError("the experiment has no finished training", given=experiment, change="mlops train run")
        metric = metric or self.selected_by(newest.run_id)
        order = "ASC" if metric.split("_", 1)[-1] in LOWER_IS_BETTER else "DESC"
        same = "" if any_data or not newest.data_sha256 else f" and tags.`{DATA_TAG}` = '{newest.data_sha256}'"
        found = self._search(
            self._names(experiment), "candidate", 1, f"attributes.status = 'FINISHED'{same}",
            order=[f"metrics.`{metric}` {order}", "attributes.start_time DESC"],
        )  # fmt: skip
        if not found or metric not in found[0].metrics:
            allowed = sorted(found[0].metrics) if found else None
            raise TrainingError("no candidate has this metric", given=metric, allowed=allowed)
        return found[0], metric

    def selected_by(self, training: str) -> str:
        """The metric that the training's own config chose its best by, e.g. `valid_roc_auc`."""
        import mlflow

        from jobs.config import parse
        from jobs.training.config import Experiment

        config = parse(
            Experiment, mlflow.artifacts.load_text(f"runs:/{training}/{CONFIG_FILE}"), f"config of {training}"
        )
        return f"{'cv' if config.cross_validation else 'valid'}_{config.select}"

    def candidate(self, named: str) -> Ran:
        """By its run id; an experiment's name means what its newest finished training chose."""
        if self._client.get_experiment_by_name(named) is not None:
            chosen = next((one.best for one in self.trainings(named) if one.status == "FINISHED" and one.best), None)
            if chosen is None:
                raise TrainingError("the experiment has no finished training", given=named, change="mlops train run")
            named = chosen
        run = self._run(named)
        ran = _ran(run, self._client.get_experiment(run.info.experiment_id).name)
        if not ran.bundle_sha256:
            raise TrainingError("the run has no model bundle", given=named, change="name a candidate's run")
        return ran

    def model_location(self, candidate: Ran) -> str:
        """Where MLflow keeps the model of the run."""
        run = self._client.get_run(candidate.run_id)
        outputs = run.outputs.model_outputs if run.outputs else []
        if not outputs:
            raise TrainingError("the run has no model", given=candidate.run_id, change="name a candidate's run")
        return str(self._client.get_logged_model(outputs[-1].model_id).artifact_location)

    def _names(self, experiment: str) -> dict[str, str]:
        found = self._client.get_experiment_by_name(experiment)
        if found is None:
            known = sorted(one.name for one in self._client.search_experiments(max_results=PAGE))
            raise TrainingError("no experiment of this name", given=experiment, allowed=known)
        return {str(found.experiment_id): experiment}

    def _run(self, run_id: str) -> Any:
        from mlflow.exceptions import MlflowException

        try:
            return self._client.get_run(run_id)
        except MlflowException as error:
            if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                raise
            known = [one.experiment for one in self.experiments()]
            raise TrainingError("no run or experiment of this name", given=run_id, allowed=known) from error

    def _search(
        self, names: dict[str, str], role: str, limit: int, where: str = "", order: Iterable[str] = ()
    ) -> list[Ran]:
        asked = f"tags.`{ROLE}` = '{role}'" + (f" and {where}" if where else "")
        by = [*order] or ["attributes.start_time DESC"]
        found = self._client.search_runs(list(names), asked, order_by=by, max_results=limit)
        return [_ran(run, names[run.info.experiment_id]) for run in found]


def _ran(run: Any, experiment: str) -> Ran:
    tags, info = run.data.tags, run.info
    return Ran(
        run_id=info.run_id,
        experiment=experiment,
        name=info.run_name,
        role=tags.get(ROLE, ""),
        status=info.status,
        started=datetime.fromtimestamp(info.start_time / 1000, UTC).isoformat(timespec="seconds"),
        seconds=(info.end_time - info.start_time) / 1000 if info.end_time else None,
        best=tags.get(BEST_TAG),
        data_sha256=tags.get(DATA_TAG),
        bundle_sha256=tags.get(BUNDLE_TAG),
        failure=tags.get(FAILURE_TAG),
        metrics=dict(run.data.metrics),
    )
