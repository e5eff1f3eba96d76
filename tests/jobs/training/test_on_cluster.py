"""An experiment as a Job: which data its pod can read, and what the config says about it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from jobs.training.config import Experiment
from jobs.training.on_cluster import check_data, training_job
from tests.jobs.support import CONFIG, mlops


@pytest.mark.parametrize("path", ["data.csv", "/home/me/data.csv", "configs/data.csv", "/app/../data.csv"])
def test_data_of_this_machine_is_refused_before_any_cluster_is_asked(path: str, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG.read_text().replace("{kind: telco}", f"{{kind: file, path: {path}}}"))
    said = mlops("train", "run", str(config), "--on", "k8s", "--kubeconfig", str(tmp_path / "none"))
    assert said.code == 2
    assert f"data.path: {path}" in said.err
    assert "s3://bucket/key" in said.err


@pytest.mark.parametrize("path", ["s3://features/data.csv", "/app/configs/data.csv"])
def test_data_that_the_pod_can_read_is_allowed(path: str, experiment: Experiment) -> None:
    data = experiment.model_dump() | {"data": {"kind": "file", "path": path}}
    check_data(Experiment.model_validate(data))
    check_data(experiment)


def test_the_job_runs_the_config_with_what_its_run_section_says(experiment: Experiment) -> None:
    run = {"cpu": "1.5", "memory": "2Gi", "deadline": 120, "retries": 3}
    said = Experiment.model_validate(experiment.model_dump() | {"run": run})
    spec = training_job("the: text", said)
    assert spec.command == ("mlops", "train", "run", "/etc/mlops/job/config.yaml")
    assert spec.files == {"config.yaml": "the: text"}
    assert spec.resources
    assert (spec.resources.cpu, spec.resources.memory, spec.deadline, spec.retries) == ("1.5", "2Gi", 120, 3)
    assert spec.labels == {"mlops.io/experiment": "churn-classifier"}
    assert training_job("x", said, deadline=5).deadline == 5
    assert training_job("x", said).name != spec.name


def test_the_longest_name_of_an_experiment_leaves_room_for_further_attempts(experiment: Experiment) -> None:
    longest = experiment.model_copy(update={"experiment": "x" * 63})
    name = training_job("x", longest).name
    for attempt in (1, 2, 10):
        assert replace(training_job("x", longest), name=f"{name}-r{attempt}").name.endswith(f"-r{attempt}")


@pytest.mark.parametrize(
    ("key", "given"), [("cpu", "two"), ("memory", "4 Gi"), ("deadline", 0), ("retries", -1), ("workers", 0)]
)
def test_a_run_section_that_kubernetes_would_refuse_is_refused_with_its_key(
    key: str, given: object, tmp_path: Path
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG.read_text() + f"\nrun: {{{key}: {given}}}\n")
    said = mlops("train", "validate", str(config))
    assert said.code == 2
    assert f"run.{key}" in said.err
