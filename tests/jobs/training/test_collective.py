"""One model by two processes on a real collective, meeting through a real MLflow server."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from mlflow import MlflowClient

from jobs.config import parse
from jobs.errors import ConfigError, TrainingError
from jobs.training.boosting import share_of_rows
from jobs.training.config import Experiment
from jobs.training.on_cluster import training_job
from jobs.training.runs import experiment_id_of
from tests.jobs.support import CONFIG, ROOT, mlops, running

SMALL = "candidates:\n  - {kind: xgboost, name: large, trees: 4, depth: 2, distributed: true}\n"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """One distributed candidate without folds."""
    text = CONFIG.read_text().replace("experiment: churn-classifier", "experiment: together")
    path = tmp_path / "config.yaml"
    path.write_text(text.replace("cross_validation:", "# cross_validation:").split("candidates:")[0] + SMALL)
    return path


@pytest.mark.usefixtures("tracking")
def test_two_workers_make_one_model_together(config: Path) -> None:
    client = MlflowClient()
    command = ["train", "work", str(config), "--workers", "2", "--name", "together", "--index"]
    with running(sys.executable, "-m", "jobs", *command, "1", env={"PYTHONPATH": str(ROOT)}) as other:
        first = mlops(*command, "0", "--json")
        assert first.code == 0, first.err
        other.process.wait(60)
    assert "all 2 workers are here" in first.err
    digest = first.json["candidates"][0]["bundleSha256"]
    assert f"worker 1: helped with large, bundle {digest[:12]}" in "".join(other.lines)
    assert other.process.returncode == 0
    runs = client.search_runs([experiment_id_of(client, "together")])
    assert {(run.data.tags["mlops.role"], run.info.status) for run in runs} == {
        ("tracker", "FINISHED"), ("experiment", "FINISHED"), ("candidate", "FINISHED")
    }  # fmt: skip
    assert "recorded already" in mlops(*command, "1").out


def test_every_row_has_one_worker_and_every_worker_both_classes() -> None:
    labels = np.array([0] * 40 + [1] * 7, dtype=np.int8)
    shares = [share_of_rows(labels, rank, 3) for rank in range(3)]
    assert sorted(np.concatenate(shares)) == list(range(47))
    assert all(set(labels[share]) == {0, 1} for share in shares)
    assert max(map(len, shares)) - min(map(len, shares)) <= 1
    assert list(share_of_rows(labels, 0, 1)) == list(range(47))
    with pytest.raises(TrainingError, match="fewer rows than there are workers"):
        share_of_rows(labels, 0, 8)


def test_a_distributed_candidate_needs_no_folds_and_gets_all_the_workers_asked_for(config: Path) -> None:
    experiment = parse(Experiment, config.read_text(), "config")
    spec = training_job(config.read_text(), experiment, workers=3)
    assert (spec.workers, spec.command[:3]) == (3, ("mlops", "train", "work"))


def test_candidates_that_are_made_together_and_apart_are_refused_in_one_config(config: Path) -> None:
    text = config.read_text() + "  - {kind: logistic_regression, name: small}\n"
    with pytest.raises(ConfigError, match="is not valid") as refused:
        parse(Experiment, text, "config")
    assert "every candidate is distributed or none" in str(refused.value)
