"""An experiment as a Job."""

from __future__ import annotations

import secrets

from jobs.cluster.job import FOLDER, JobSpec
from jobs.cluster.manifest import EXPERIMENT
from jobs.datasets.elsewhere import check_reachable
from jobs.training.config import Experiment
from jobs.training.units import shares

CONFIG = "config.yaml"


def training_job(
    config: str, experiment: Experiment, deadline: int | None = None, workers: int | None = None
) -> JobSpec:
    """The Job that runs this config, under a name of its own; never more workers than shares.

    Raises ConfigError for data that its pods cannot read, and for workers without anything to share.
    """
    check_data(experiment)
    run = experiment.run
    count = workers or run.workers
    if count > 1 and not experiment.distributed:
        count = min(count, len(shares(experiment)))
    return JobSpec(
        name=f"train-{experiment.experiment[:35].rstrip('-')}-{secrets.token_hex(3)}",
        kind="training",
        command=("mlops", "train", "work" if count > 1 else "run", f"{FOLDER}/{CONFIG}"),
        files={CONFIG: config},
        labels={EXPERIMENT: experiment.experiment},
        resources=run.resources(),
        deadline=deadline or run.deadline,
        retries=run.retries,
        workers=count,
    )


def check_data(experiment: Experiment) -> None:
    """Raises ConfigError for data that only this machine has."""
    data = experiment.data
    check_reachable({"data.path": getattr(data, "path", None), "data.root": getattr(data, "root", None)})
