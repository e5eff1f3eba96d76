"""Whoever starts a training job needs the template and nothing else."""

from tests.support.look import at, only
from tests.support.stack import stack

STACK = stack()
TEMPLATE = only(STACK, "PodTemplate")
POD = at(TEMPLATE, "template", "spec")


def test_the_template_has_the_name_and_the_container_that_the_command_looks_for() -> None:
    assert at(TEMPLATE, "metadata", "name") == "training"
    assert at(TEMPLATE, "metadata", "namespace") == "ml-training"
    assert [container["name"] for container in POD["containers"]] == ["job"]


def test_a_job_ends_and_is_not_restarted_in_place() -> None:
    assert POD["restartPolicy"] == "Never"


def test_a_config_can_be_mounted_beside_the_ca() -> None:
    mounts = {mount["mountPath"]: mount.get("subPath") for mount in POD["containers"][0]["volumeMounts"]}

    # A whole folder there would hide or refuse /etc/mlops/config.yaml.
    assert mounts == {"/etc/mlops/ca.crt": "ca.crt", "/tmp": None}


def test_it_logs_as_the_training_user() -> None:
    environment = {variable["name"]: variable.get("value") for variable in POD["containers"][0]["env"]}

    assert environment["MLFLOW_TRACKING_USERNAME"] == "training"


def test_training_has_an_account_without_a_role_or_a_token() -> None:
    assert POD["serviceAccountName"] == "training"
    assert POD["automountServiceAccountToken"] is False
    bound = [
        subject for one in STACK.of_kind("RoleBinding", "ClusterRoleBinding") for subject in one.inputs["subjects"]
    ]
    assert not [subject for subject in bound if subject["name"] == "training"]


def test_no_secret_stands_in_the_template_in_plain_text() -> None:
    assert "hidden-" not in str(TEMPLATE.inputs)


def test_no_job_is_made_by_the_stack() -> None:
    assert not [job for job in STACK.of_kind("Job") if job.namespace == "ml-training"]
