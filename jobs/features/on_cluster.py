"""A pipeline as a Job."""

from __future__ import annotations

import os
import secrets

from jobs.cluster.job import FOLDER, JobSpec
from jobs.datasets.catalog import ROOT
from jobs.datasets.config import Pipeline
from jobs.errors import ConfigError

CONFIG = "pipeline.yaml"
# Where the jobs image has its own files (local/images/jobs.Dockerfile).
IMAGE_FOLDER = "/app/"


def pipeline_job(text: str, pipeline: Pipeline, root: str | None) -> JobSpec:
    """The Job that runs this config. Raises ConfigError for data or a root that its pod cannot reach."""
    given = {"data.path": getattr(pipeline.data, "path", None), "data.root": getattr(pipeline.data, "root", None)}
    for key, path in {**given, "root": root}.items():
        if path and not path.startswith("s3://") and not os.path.normpath(path).startswith(IMAGE_FOLDER):
            raise ConfigError(
                "this is on this machine, where the Job's pod cannot reach it", given=f"{key}: {path}",
                allowed="s3://bucket/key", change="put it into the store, or use --on here",
            )  # fmt: skip
    return JobSpec(
        name=f"data-{pipeline.dataset[:35].rstrip('-')}-{secrets.token_hex(3)}",
        kind="data",
        command=("mlops", "data", "pipeline", f"{FOLDER}/{CONFIG}"),
        files={CONFIG: text},
        resources=pipeline.run.resources(),
        deadline=pipeline.run.deadline,
        retries=pipeline.run.retries,
        env={ROOT: root} if root else {},
    )
