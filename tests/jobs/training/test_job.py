from __future__ import annotations

import copy
from typing import Any

import pytest

from jobs.training import job, pods

TEMPLATE: dict[str, Any] = {
    "metadata": {"labels": {"app.kubernetes.io/name": "training", "app.kubernetes.io/component": "of-the-stack"}},
    "spec": {
        "containers": [
            {
                "name": "job", "image": "jobs:1", "command": ["mlops", "--help"], "args": ["x"],
                "volumeMounts": [{"name": "access", "mountPath": "/etc/mlops/ca.crt", "subPath": "ca.crt"}],
            }
        ],
        "volumes": [{"name": "access", "secret": {"secretName": "training"}}],
    },
}  # fmt: skip


def made() -> dict[str, Any]:
    return job.job_manifest("train-x", "churn-classifier", TEMPLATE, 600)


def test_the_job_runs_the_config_with_the_template_s_image_and_access() -> None:
    container = made()["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == "jobs:1"
    assert container["command"] == ["mlops", "train", "run", "/etc/mlops/config.yaml"]
    assert "args" not in container
    assert [mount["mountPath"] for mount in container["volumeMounts"]] == [
        "/etc/mlops/ca.crt",
        "/etc/mlops/config.yaml",
    ]


def test_the_job_is_bounded_counted_by_the_alert_and_waits_for_its_config() -> None:
    spec = made()["spec"]
    assert (spec["backoffLimit"], spec["activeDeadlineSeconds"], spec["suspend"]) == (1, 600, True)
    assert spec["ttlSecondsAfterFinished"] > 0
    assert made()["metadata"]["labels"]["job-type"] == "training"


def test_the_template_s_own_labels_stay_and_the_template_is_not_changed() -> None:
    before = copy.deepcopy(TEMPLATE)
    labels = made()["spec"]["template"]["metadata"]["labels"]
    assert labels["app.kubernetes.io/component"] == "of-the-stack"
    assert labels["job-type"] == "training"
    assert before == TEMPLATE


def test_the_config_goes_away_with_its_job() -> None:
    made = job.config_map("train-x", "churn-classifier", "a: 1", "uid-1")
    owner = made["metadata"]["ownerReferences"][0]
    assert (owner["kind"], owner["name"], owner["uid"]) == ("Job", "train-x", "uid-1")
    assert made["data"] == {"config.yaml": "a: 1"}


def test_a_template_without_the_container_is_refused() -> None:
    other = {"spec": {"containers": [{"name": "main"}]}}
    with pytest.raises(ValueError, match="'main'"):
        job.job_manifest("x", "y", other, 1)


def pod(state: dict[str, Any], **status: Any) -> dict[str, Any]:
    return {"metadata": {"name": "p"}, "status": {"containerStatuses": [{"name": "job", "state": state}], **status}}


def test_an_image_that_cannot_be_had_is_hopeless_and_a_full_node_is_not() -> None:
    image = pod({"waiting": {"reason": "ErrImageNeverPull", "message": "not present"}})
    assert pods.waiting(image) == ("container job: ErrImageNeverPull: not present", True)
    full = {
        "status": {
            "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "cpu"}]
        }
    }
    assert pods.waiting(full) == ("not scheduled: Unschedulable: cpu", False)
    assert pods.waiting(pod({"waiting": {"reason": "ContainerCreating"}})) is None


def test_a_failed_container_tells_reason_exit_code_and_last_words() -> None:
    lines = pods.ended(pod({"terminated": {"reason": "OOMKilled", "exitCode": 137, "message": "a\nlast words\n"}}))
    assert lines == ["container job: OOMKilled, exit code 137", "  a", "  last words"]
    assert pods.ended(pod({"terminated": {"reason": "Completed", "exitCode": 0}})) == []


def test_a_job_has_ended_only_by_its_own_condition() -> None:
    assert pods.condition({"status": {"conditions": [{"type": "FailureTarget", "status": "True"}]}}) is None
    failed = {
        "status": {"conditions": [{"type": "Failed", "status": "True", "reason": "DeadlineExceeded", "message": "m"}]}
    }
    assert pods.condition(failed) == "Failed"
    assert pods.failure(failed) == "DeadlineExceeded: m"
