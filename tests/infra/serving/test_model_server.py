"""The model server is reachable, replaceable without a gap, and owns no version."""

from typing import Any

from tests.support.look import at, only
from tests.support.stack import stack

STACK = stack()
CONTAINER: dict[str, Any] = at(only(STACK, "Deployment", "model-server"), "spec", "template", "spec")["containers"][0]
ENVIRONMENT = {variable["name"]: variable for variable in CONTAINER["env"]}


def test_the_stack_does_not_wait_for_a_champion_that_a_new_platform_cannot_have() -> None:
    for kind in ("Deployment", "Service"):
        assert at(only(STACK, kind, "model-server"), "metadata", "annotations") == {"pulumi.com/skipAwait": "true"}


def test_the_number_of_replicas_belongs_to_the_autoscaler() -> None:
    assert "replicas" not in at(only(STACK, "Deployment", "model-server"), "spec")
    scaling = at(only(STACK, "HorizontalPodAutoscaler", "model-server"), "spec")
    assert (scaling["minReplicas"], scaling["maxReplicas"]) == (2, 4)
    assert scaling["scaleTargetRef"]["name"] == at(only(STACK, "Deployment", "model-server"), "metadata", "name")


def test_no_replica_leaves_before_its_successor_is_ready() -> None:
    strategy = at(only(STACK, "Deployment", "model-server"), "spec", "strategy", "rollingUpdate")

    assert strategy == {"maxUnavailable": 0, "maxSurge": 1}


def test_a_drain_takes_one_replica_at_a_time() -> None:
    assert at(only(STACK, "PodDisruptionBudget", "model-server"), "spec", "maxUnavailable") == 1


def test_a_stopping_pod_has_time_to_leave_the_service_and_to_finish() -> None:
    pod = at(only(STACK, "Deployment", "model-server"), "spec", "template", "spec")
    waits = float(CONTAINER["lifecycle"]["preStop"]["exec"]["command"][1])

    # jobs.serving.settings: shutdown_seconds
    assert pod["terminationGracePeriodSeconds"] >= waits + 20


def test_the_service_sends_traffic_to_the_pods_of_the_deployment() -> None:
    labels = at(only(STACK, "Deployment", "model-server"), "spec", "template", "metadata", "labels")
    service = at(only(STACK, "Service", "model-server"), "spec")

    assert service["selector"].items() <= labels.items()
    assert [(port["port"], port["nodePort"], port["targetPort"]) for port in service["ports"]] == [
        (8080, 30800, "http")
    ]


def test_it_is_told_a_model_and_an_alias_and_no_version() -> None:
    plain = {name: variable.get("value") for name, variable in ENVIRONMENT.items()}

    assert plain["MLOPS_MODEL_NAME"] == "churn-classifier"
    assert plain["MLOPS_MODEL_ALIAS"] == "champion"
    assert not [name for name in plain if "VERSION" in name]


def test_it_reads_the_registry_as_the_user_that_can_change_nothing() -> None:
    assert ENVIRONMENT["MLFLOW_TRACKING_USERNAME"]["value"] == "serving"


def test_no_secret_stands_in_the_pod_in_plain_text() -> None:
    assert "hidden-" not in str(only(STACK, "Deployment", "model-server").inputs)


def test_the_ca_is_a_file_and_boto3_is_told_where() -> None:
    mounts = {mount["mountPath"]: mount for mount in CONTAINER["volumeMounts"]}

    assert mounts[ENVIRONMENT["AWS_CA_BUNDLE"]["value"]]["subPath"] == "ca.crt"


def test_its_pods_may_reach_mlflow_the_store_and_nothing_else() -> None:
    egress = at(only(STACK, "NetworkPolicy", "model-server"), "spec", "egress")
    reached = {peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"] for rule in egress for peer in rule["to"]}

    assert reached == {"mlflow", "store"}


def test_it_is_given_no_token_of_the_cluster() -> None:
    assert at(only(STACK, "ServiceAccount", "model-server"), "automountServiceAccountToken") is False
    assert (
        at(only(STACK, "Deployment", "model-server"), "spec", "template", "spec", "automountServiceAccountToken")
        is False
    )
