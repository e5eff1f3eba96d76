"""A study's workers as an Indexed Job."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from jobs.cluster.job import FOLDER, JobSpec
from jobs.training.on_cluster import check_data
from jobs.tuning.studies import read_asked, read_files

TEMPLATE = "tuning"
LABEL = "mlops.io/study"
# Seconds for a pod's start and its last trial, beyond the run's own timeout.
MARGIN = 900


def tuning_job(config: Path, options: list[str], workers: int | None, timeout: int | None) -> JobSpec:
    """Every pod runs `mlops tune run` on the same study. Raises ConfigError for data that pods cannot read."""
    asked = read_asked(config)
    check_data(asked.experiment)
    run = asked.study.run
    return JobSpec(
        name=f"tune-{asked.study.study[:40].rstrip('-')}-{secrets.token_hex(3)}",
        kind="tuning",
        template=TEMPLATE,
        command=("mlops", "tune", "run", f"{FOLDER}/{config.name}", *options),
        files=read_files(config),
        labels={LABEL: asked.study.study},
        resources=run.resources(),
        deadline=(timeout or asked.study.timeout) + MARGIN,
        retries=run.retries,
        workers=workers or run.workers,
    )


def index() -> int:
    """Of this pod among the Job's; 0 outside of one."""
    return int(os.environ.get("JOB_COMPLETION_INDEX", "0"))
