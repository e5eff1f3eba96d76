"""The model servers come in two colours of one shape, are replaceable without a gap, and own no version."""

from typing import Any

import pytest

from infra.foundation.apps import COLOURS
from infra.stack import build
from jobs.serving.inference_log import STOP_SECONDS
from jobs.serving.settings import ServingSettings
from tests.support.look import at, only
from tests.support.recording import Recorded, record
from tests.support.settings import settings
from tests.support.stack import stack

STACK = stack()


def deployment(colour: str) -> Recorded:
    return only(STACK, "Deployment", f"model-server-{colour}")


def container(colour: str) -> dict[str, Any]:
    found: dict[str, Any] = at(deployment(colour), "spec", "template", "spec")["containers"][0]
    return found


CONTAINER = container("blue")
ENVIRONMENT = {variable["name"]: variable for variable in CONTAINER["env"]}

each_colour = pytest.mark.parametrize("colour", COLOURS)


@each_colour
def test_the_stack_does_not_wait_for_a_champion_that_a_new_platform_cannot_have(colour: str) -> None:
    for kind in ("Deployment", "Service"):
        found = only(STACK, kind, f"model-server-{colour}")
        assert at(found, "metadata", "annotations") == {"pulumi.com/skipAwait": "true"}


def test_a_new_platform_has_servers_of_one_colour() -> None:
    assert {colour: at(deployment(colour), "spec", "replicas") for colour in COLOURS} == {"blue": 2, "green": 0}


@each_colour
def test_how_many_servers_there_are_is_never_set_again(colour: str) -> None:
    assert deployment(colour).ignored == ("spec.replicas",)


@each_colour
def test_each_colour_has_an_autoscaler_of_its_own(colour: str) -> None:
    scaling = at(only(STACK, "HorizontalPodAutoscaler", f"model-server-{colour}"), "spec")

    assert (scaling["minReplicas"], scaling["maxReplicas"]) == (2, 4)
    assert scaling["scaleTargetRef"]["name"] == at(deployment(colour), "metadata", "name")


@each_colour
def test_no_replica_leaves_before_its_successor_is_ready(colour: str) -> None:
    strategy = at(deployment(colour), "spec", "strategy", "rollingUpdate")

    assert strategy == {"maxUnavailable": 0, "maxSurge": 1}


@each_colour
def test_a_drain_takes_one_replica_of_a_colour_at_a_time(colour: str) -> None:
    budget = at(only(STACK, "PodDisruptionBudget", f"model-server-{colour}"), "spec")

    assert budget == {"maxUnavailable": 1, "selector": at(deployment(colour), "spec", "selector")}


@each_colour
def test_a_stopping_pod_has_time_to_leave_dns_and_to_finish(colour: str) -> None:
    pod = at(deployment(colour), "spec", "template", "spec")
    waits = float(container(colour)["lifecycle"]["preStop"]["exec"]["command"][1])

    own = ServingSettings()

    # CoreDNS keeps an answer for 5 s, and the gateway asks each second.
    assert waits + own.drain_seconds > 5 + 1
    assert pod["terminationGracePeriodSeconds"] >= waits + own.drain_seconds + own.shutdown_seconds + STOP_SECONDS


@each_colour
def test_the_name_of_a_colour_leads_to_its_pods_and_to_no_others(colour: str) -> None:
    service = at(only(STACK, "Service", f"model-server-{colour}"), "spec")
    of = {one: at(deployment(one), "spec", "template", "metadata", "labels") for one in COLOURS}

    assert service["clusterIP"] == "None"
    assert [one for one in COLOURS if service["selector"].items() <= of[one].items()] == [colour]
    assert [(port["port"], port["targetPort"]) for port in service["ports"]] == [(8080, "http")]


def test_nothing_but_the_colour_tells_the_two_apart() -> None:
    blue, green = (str(deployment(colour).inputs).replace(colour, "COLOUR") for colour in COLOURS)

    assert blue == green.replace("'replicas': 0", "'replicas': 2")


@each_colour
def test_a_server_is_told_a_model_an_alias_and_its_colour_and_no_version(colour: str) -> None:
    plain = {variable["name"]: variable.get("value") for variable in container(colour)["env"]}

    assert plain["MLOPS_MODEL_NAME"] == "churn-classifier"
    assert plain["MLOPS_MODEL_ALIAS"] == "champion"
    assert plain["MLOPS_MODEL_PLACE"] == colour
    assert not [name for name in plain if "VERSION" in name]


def test_a_server_is_told_what_it_keeps_and_how_it_gathers_rows() -> None:
    wanted = settings()
    kept = wanted.serving.model_copy(update={"cache_size": 1000, "batch_size": 32, "batch_milliseconds": 0.5})
    made = record(lambda: build(wanted.model_copy(update={"serving": kept})))
    [server] = at(only(made, "Deployment", "model-server-blue"), "spec", "template", "spec")["containers"]
    told = {variable["name"].removeprefix("MLOPS_").lower(): variable.get("value") for variable in server["env"]}
    names = ("cache_size", "batch_size", "batch_milliseconds")
    read = ServingSettings.model_validate({name: told[name] for name in names})
    assert [getattr(read, name) for name in names] == [1000, 32, 0.5]


def test_it_reads_the_registry_as_the_user_that_can_change_nothing() -> None:
    assert ENVIRONMENT["MLFLOW_TRACKING_USERNAME"]["value"] == "serving"


@each_colour
def test_no_secret_stands_in_the_pod_in_plain_text(colour: str) -> None:
    assert "hidden-" not in str(deployment(colour).inputs)


def test_the_ca_is_a_file_and_boto3_is_told_where() -> None:
    mounts = {mount["mountPath"]: mount for mount in CONTAINER["volumeMounts"]}

    assert mounts[ENVIRONMENT["AWS_CA_BUNDLE"]["value"]]["subPath"] == "ca.crt"


def test_pods_of_both_colours_may_reach_mlflow_the_store_and_nothing_else() -> None:
    policy = only(STACK, "NetworkPolicy", "model-server").spec
    reached = {
        peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"] for rule in policy["egress"] for peer in rule["to"]
    }

    assert policy["podSelector"] == {"matchLabels": {"app.kubernetes.io/name": "model-server"}}
    assert reached == {"mlflow", "store"}


def test_only_pods_that_say_so_reach_a_model_server() -> None:
    (rule,) = only(STACK, "NetworkPolicy", "model-server").spec["ingress"]
    (peer,) = rule["from"]
    sayers = {
        workload.name
        for workload, pod in STACK.pods()
        if peer["podSelector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
    }

    assert sayers == {"gateway-deployment", "prometheus-server"}


@each_colour
def test_it_is_given_no_token_of_the_cluster(colour: str) -> None:
    assert at(only(STACK, "ServiceAccount", "model-server"), "automountServiceAccountToken") is False
    assert at(deployment(colour), "spec", "template", "spec", "automountServiceAccountToken") is False
