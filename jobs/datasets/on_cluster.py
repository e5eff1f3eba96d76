"""A pipeline as a Job."""

from __future__ import annotations

import secrets

from jobs.cluster.job import FOLDER, JobSpec
from jobs.datasets.catalog import ROOT
from jobs.datasets.config import Pipeline
from jobs.datasets.elsewhere import check_reachable

CONFIG = "pipeline.yaml"


def pipeline_job(text: str, pipeline: Pipeline, root: str | None) -> JobSpec:
    """The Job that runs this config. Raises ConfigError for data or a root that its pod cannot reach."""
    data = pipeline.data
    check_reachable({
        "data.path": getattr(data, "path", None), "data.root": getattr(data, "root", None), "--root": root,
    })  # fmt: skip
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
