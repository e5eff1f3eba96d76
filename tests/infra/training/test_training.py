"""Whoever starts a training or tuning job needs the template and nothing else."""

import pytest

from tests.support.look import at, only
from tests.support.recording import Recorded
from tests.support.stack import stack

STACK = stack()
TEMPLATES = pytest.mark.parametrize("name", ["training", "tuning"])


def template(name: str) -> Recorded:
    return only(STACK, "PodTemplate", name)


def pod(name: str) -> dict[str, object]:
    found: dict[str, object] = at(template(name), "template", "spec")
    return found


def environment(name: str) -> dict[str, str | None]:
    container = at(template(name), "template", "spec", "containers")[0]
    return {variable["name"]: variable.get("value") for variable in container["env"]}


@TEMPLATES
def test_the_template_has_the_container_that_the_command_looks_for(name: str) -> None:
    assert at(template(name), "metadata", "namespace") == "ml-training"
    assert [container["name"] for container in at(template(name), "template", "spec", "containers")] == ["job"]


@TEMPLATES
def test_a_job_ends_and_is_not_restarted_in_place(name: str) -> None:
    assert pod(name)["restartPolicy"] == "Never"


@TEMPLATES
def test_a_config_can_be_mounted_beside_the_ca(name: str) -> None:
    container = at(template(name), "template", "spec", "containers")[0]
    mounts = {mount["mountPath"]: mount.get("subPath") for mount in container["volumeMounts"]}

    # A whole folder there would hide or refuse what a Job brings.
    assert mounts == {"/etc/mlops/ca.crt": "ca.crt", "/tmp": None}


@TEMPLATES
def test_it_logs_as_the_training_user(name: str) -> None:
    assert environment(name)["MLFLOW_TRACKING_USERNAME"] == "training"


def test_only_training_may_write_the_audit_trail_and_only_tuning_reaches_the_studies() -> None:
    assert environment("training")["MLOPS_AUDIT"] == "s3://audit"
    assert "MLOPS_AUDIT" not in environment("tuning")
    assert environment("tuning")["PGUSER"] == "optuna"
    assert "PGUSER" not in environment("training")


@TEMPLATES
def test_a_job_has_an_account_of_its_kind_without_a_role_or_a_token(name: str) -> None:
    assert pod(name)["serviceAccountName"] == name
    assert pod(name)["automountServiceAccountToken"] is False
    bound = [
        subject for one in STACK.of_kind("RoleBinding", "ClusterRoleBinding") for subject in one.inputs["subjects"]
    ]
    assert not [subject for subject in bound if subject["name"] == name]


def test_retraining_may_start_jobs_in_its_own_namespace_and_read_no_secret() -> None:
    role = only(STACK, "Role", "retraining-starts-jobs")
    assert role.namespace == "ml-training"
    may = {
        (resource, verb) for rule in role.inputs["rules"] for resource in rule["resources"] for verb in rule["verbs"]
    }
    assert {("jobs", "create"), ("podtemplates", "get")} <= may
    assert not {resource for resource, _ in may} & {"secrets", "pods/exec", "pods/attach", "serviceaccounts/token", "*"}
    assert not {verb for _, verb in may} & {"delete", "deletecollection", "update", "patch", "*"}
    (subject,) = only(STACK, "RoleBinding", "retraining-starts-jobs").inputs["subjects"]
    assert (subject["name"], subject["namespace"]) == ("retraining", "ml-training")


def test_workers_of_training_reach_each_other_and_nobody_else_reaches_them() -> None:
    spec = only(STACK, "NetworkPolicy", "training-workers").spec
    own = {"matchLabels": {"app.kubernetes.io/name": "training"}}
    assert spec["podSelector"] == own
    assert spec["ingress"] == [{"from": [{"podSelector": own}]}]
    assert spec["egress"] == [{"to": [{"podSelector": own}]}]


def test_no_secret_stands_in_a_template_in_plain_text() -> None:
    for one in STACK.of_kind("PodTemplate"):
        assert "hidden-" not in str(one.inputs)


def test_no_job_is_made_by_the_stack() -> None:
    assert not [job for job in STACK.of_kind("Job") if job.namespace == "ml-training"]
