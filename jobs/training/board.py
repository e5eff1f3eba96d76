"""Where the workers of one training meet: a run in MLflow for each unit, with the probabilities it found."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from jobs.errors import TrainingError
from jobs.training.fitted import Probabilities
from jobs.training.record import ROLE
from jobs.training.runs import PARENT_TAG, experiment_id_of, log, open_run
from jobs.training.units import Begun, Unit

GROUP_TAG = "mlops.group"
UNIT_TAG = "mlops.unit"
WORKER_TAG = "mlops.worker"
ADDRESS_TAG = "mlops.address"
FILE = "held.npy"
PAGE = 1000


class Board:
    """Of one group: the same config, data and libraries under one name."""

    def __init__(self, experiment: str, group: str) -> None:
        from mlflow import MlflowClient

        self.group = group
        self._client = MlflowClient()
        self._experiment_id = experiment_id_of(self._client, experiment)

    def done(self) -> dict[Unit, str]:
        """Finished units with their run's id; of two that did the same one the first."""
        return {Unit.from_text(run.data.tags[UNIT_TAG]): run.info.run_id for run in reversed(self._runs("FINISHED"))}

    def begun(self) -> dict[Unit, Begun]:
        """Units that somebody works on, or has left without a word."""
        now = time.time()
        return {
            Unit.from_text(run.data.tags[UNIT_TAG]): Begun(
                int(run.data.tags[WORKER_TAG]), now - run.info.start_time / 1000
            )
            for run in reversed(self._runs("RUNNING"))
        }

    @contextmanager
    def unit(self, unit: Unit, index: int) -> Iterator[Result]:
        """Begins a unit; what is written is done when the block ends, and FAILED with its reason when it raises."""
        for run in self._runs("RUNNING"):
            # Left behind by an attempt of this worker that was ended: nobody else may wait for it.
            if run.data.tags.get(WORKER_TAG) == str(index):
                self._client.set_terminated(run.info.run_id, "KILLED")
        tags = {ROLE: "fold", GROUP_TAG: self.group, UNIT_TAG: str(unit), WORKER_TAG: str(index)}
        with open_run(self._client, self._experiment_id, str(unit), tags=tags) as run_id:
            yield Result(self._client, run_id)

    @contextmanager
    def meeting(self, address: str) -> Iterator[None]:
        """Tells where the tracker of the collective is while the block runs; one that was there before is over."""
        for run in self._trackers():
            self._client.set_terminated(run.info.run_id, "KILLED")
        tags = {ROLE: "tracker", GROUP_TAG: self.group, ADDRESS_TAG: address}
        with open_run(self._client, self._experiment_id, "tracker", tags=tags):
            yield

    def address(self) -> str | None:
        """Of the tracker that worker 0 has now."""
        return next((str(run.data.tags[ADDRESS_TAG]) for run in self._trackers()), None)

    def _trackers(self) -> list[Any]:
        where = f"tags.`{GROUP_TAG}` = '{self.group}' and tags.`{ROLE}` = 'tracker'"
        return self._search(f"{where} and attributes.status = 'RUNNING'")

    def probabilities(self, run_id: str) -> Probabilities:
        """What a finished unit found. Raises TrainingError for a file that is not ours."""
        import mlflow

        with tempfile.TemporaryDirectory(prefix="mlops-fold-") as folder:
            path = mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=FILE, dst_path=folder)
            try:
                found = np.load(path, allow_pickle=False)
            except (ValueError, EOFError) as error:
                raise TrainingError("a worker's result cannot be read", given=f"{run_id}: {error}") from error
        if found.dtype != np.float64 or found.ndim != 1:
            raise TrainingError("a worker's result is none", given=f"{run_id}: {found.dtype}, shape {found.shape}")
        return np.asarray(found)

    def collected(self) -> str | None:
        """Id of the training that these units became, if they did."""
        found = self._search(f"tags.`{GROUP_TAG}` = '{self.group}' and tags.`{ROLE}` = 'experiment'")
        return next((str(run.info.run_id) for run in found if run.info.status == "FINISHED"), None)

    def adopt(self, training: str) -> None:
        """The units become the training's children, and it the group's."""
        for run in self._runs():
            self._client.set_tag(run.info.run_id, PARENT_TAG, training)
        # Last: it says that nothing is left to do.
        self._client.set_tag(training, GROUP_TAG, self.group)

    def _runs(self, status: str | None = None) -> list[Any]:
        """The newest first."""
        where = f"tags.`{GROUP_TAG}` = '{self.group}' and tags.`{ROLE}` = 'fold'"
        return self._search(where + (f" and attributes.status = '{status}'" if status else ""))

    def _search(self, where: str) -> list[Any]:
        order = ["attributes.start_time DESC"]
        return list(self._client.search_runs([self._experiment_id], where, order_by=order, max_results=PAGE))


class Result:
    """The open run of a unit."""

    def __init__(self, client: Any, run_id: str) -> None:
        self._client, self.run_id = client, run_id

    def write(self, probabilities: Probabilities, metrics: dict[str, float]) -> None:
        """The file and the figures of one fold."""
        with tempfile.TemporaryDirectory(prefix="mlops-fold-") as folder:
            np.save(Path(folder) / FILE, probabilities, allow_pickle=False)
            self._client.log_artifact(self.run_id, str(Path(folder) / FILE))
        log(self._client, self.run_id, {}, metrics, {})
