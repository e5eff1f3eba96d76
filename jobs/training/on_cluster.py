"""An experiment as a Job."""

from __future__ import annotations

import os
import secrets

from jobs.cluster.job import FOLDER, JobSpec
from jobs.cluster.manifest import EXPERIMENT
from jobs.errors import ConfigError
from jobs.training.config import Experiment
from jobs.training.units import shares

# Where the jobs image has its own files (local/images/jobs.Dockerfile).
IMAGE_FOLDER = "/app/"
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
    if count > 1:
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
    path = getattr(experiment.data, "path", None)
    if path is None or path.startswith("s3://") or os.path.normpath(path).startswith(IMAGE_FOLDER):
        return
    raise ConfigError(
        "the data is on this machine, where the Job's pod cannot read it",
        given=f"data.path: {path}",
        allowed=f"s3://bucket/key, a path inside the image below {IMAGE_FOLDER}, or kind: telco",
        change="upload it (`aws s3 cp`, with the variables of `mlops env`), or train with --on here",
    )
