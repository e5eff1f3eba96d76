"""A spec as a Job, and back."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from jobs.cluster import manifest
from jobs.cluster.job import JobSpec
from jobs.cluster.resources import Resources
from jobs.errors import ClusterError, ConfigError
from tests.jobs.cluster.fake import TEMPLATE

SPEC = JobSpec(
    name="train-x",
    kind="training",
    command=("mlops", "train", "run", "/etc/mlops/job/config.yaml"),
    files={"config.yaml": "a: 1\n"},
    labels={"mlops.io/experiment": "churn-classifier"},
    deadline=600,
)


def made(**changes: Any) -> dict[str, Any]:
    return manifest.job_manifest(replace(SPEC, **changes), TEMPLATE)


def container(job: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = job["spec"]["template"]["spec"]["containers"][0]
    return found


def test_the_job_runs_its_command_with_the_template_s_image_access_and_size() -> None:
    runs = container(made())
    assert runs["image"] == "jobs:1"
    assert runs["command"] == list(SPEC.command)
    assert "args" not in runs
    assert runs["resources"] == TEMPLATE["spec"]["containers"][0]["resources"]
    assert [mount["mountPath"] for mount in runs["volumeMounts"]] == ["/etc/mlops/ca.crt", "/etc/mlops/job"]


def test_one_object_carries_the_files_so_that_no_half_of_a_job_can_be_left() -> None:
    pod = made()["spec"]["template"]
    (item,) = pod["spec"]["volumes"][-1]["downwardAPI"]["items"]
    assert item["path"] == "config.yaml"
    assert pod["metadata"]["annotations"] == {"file.mlops.io/config.yaml": "a: 1\n"}
    assert item["fieldRef"]["fieldPath"] == "metadata.annotations['file.mlops.io/config.yaml']"


def test_a_job_without_files_has_no_volume_for_them() -> None:
    assert made(files={})["spec"]["template"]["spec"]["volumes"] == TEMPLATE["spec"]["volumes"]


def test_the_job_is_bounded_and_counted_by_the_alert() -> None:
    spec = made()["spec"]
    assert (spec["backoffLimit"], spec["activeDeadlineSeconds"]) == (1, 600)
    assert spec["ttlSecondsAfterFinished"] > 0
    assert made()["metadata"]["labels"]["job-type"] == "training"
    assert "completionMode" not in spec


def test_a_wrong_config_is_not_tried_again_and_a_drained_node_costs_no_attempt() -> None:
    usage, disrupted = made()["spec"]["podFailurePolicy"]["rules"]
    assert (usage["action"], usage["onExitCodes"]["values"]) == ("FailJob", [2])
    assert (disrupted["action"], disrupted["onPodConditions"][0]["type"]) == ("Ignore", "DisruptionTarget")


def test_workers_are_an_indexed_job_with_attempts_of_their_own() -> None:
    spec = made(workers=3, retries=2)["spec"]
    assert (spec["completionMode"], spec["completions"], spec["parallelism"]) == ("Indexed", 3, 3)
    assert spec["backoffLimitPerIndex"] == 2
    assert "backoffLimit" not in spec
    assert spec["podFailurePolicy"]["rules"][0]["action"] == "FailIndex"
    assert {"name": "MLOPS_WORKERS", "value": "3"} in container(made(workers=3))["env"]


def test_the_template_s_own_labels_stay_and_the_template_is_not_changed() -> None:
    before = copy.deepcopy(TEMPLATE)
    labels = made(env={"A": "1"}, resources=Resources("1"))["spec"]["template"]["metadata"]["labels"]
    assert labels["app.kubernetes.io/component"] == "of-the-stack"
    assert labels["job-type"] == "training"
    assert before == TEMPLATE


def test_more_memory_is_request_and_limit_and_the_rest_is_the_template_s() -> None:
    resources = container(made(resources=Resources(memory="6Gi")))["resources"]
    assert resources == {"requests": {"cpu": "500m", "memory": "6Gi"}, "limits": {"cpu": "2", "memory": "6Gi"}}


def test_variables_replace_the_template_s_of_the_same_name() -> None:
    env = container(made(env={"MLFLOW_TRACKING_URI": "http://other"}))["env"]
    assert [one["value"] for one in env if one["name"] == "MLFLOW_TRACKING_URI"] == ["http://other"]
    assert {"name": "MLOPS_JOB", "value": "train-x"} in env


def test_a_template_without_the_container_is_refused() -> None:
    other = {"spec": {"containers": [{"name": "main"}]}}
    with pytest.raises(ClusterError, match="'main'"):
        manifest.job_manifest(SPEC, other)


@pytest.mark.parametrize("changes", [{}, {"resources": Resources("1", "1Gi"), "workers": 4, "env": {"A": "b"}}])
def test_a_job_says_what_it_was_made_of(changes: dict[str, Any]) -> None:
    spec = replace(SPEC, **changes)
    assert manifest.spec_of(manifest.job_manifest(spec, TEMPLATE)) == spec


def test_a_job_of_somebody_else_is_refused() -> None:
    other = made()
    del other["metadata"]["annotations"]
    with pytest.raises(ClusterError, match="made of"):
        manifest.spec_of(other)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Train"}, {"name": "x" * 59}, {"name": "x-"}, {"files": {"../config": ""}}, {"labels": {"a": "b c"}},
        {"files": {"a": "ä" * 150_000}}, {"deadline": 0}, {"retries": -1}, {"workers": 0},
    ],
)  # fmt: skip
def test_what_kubernetes_would_refuse_is_refused_before_it_is_asked(changes: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="a Job's"):
        replace(SPEC, **changes)


@pytest.mark.parametrize("given", [("zero", None), ("0", None), (None, "4GB"), (None, "500m"), (None, "0Gi")])
def test_amounts_that_people_mistype_are_refused(given: tuple[str | None, str | None]) -> None:
    with pytest.raises(ConfigError, match="not an amount"):
        Resources(*given)
