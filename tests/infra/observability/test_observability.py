"""Monitoring can see the platform's pods and objects, and nothing that is secret."""

from typing import Any

import pytest
import yaml

from infra.observability.rules import ALERTS
from tests.support.look import at, only
from tests.support.recording import Recorded
from tests.support.stack import stack

STACK = stack()
NAMESPACES = {"ml-platform", "ml-serving", "ml-training", "ml-monitoring"}
SERVERS = pytest.mark.parametrize("name", ["prometheus", "alertmanager"])


def _container(workload: Recorded) -> dict[str, Any]:
    container: dict[str, Any] = at(workload, "spec", "template", "spec")["containers"][0]
    return container


def _rules(name: str) -> dict[str, set[str]]:
    """Namespace → what may be read there."""
    roles = [role for role in STACK.of_kind("Role") if role.object_name == name]
    return {
        str(role.namespace): {resource for rule in role.inputs["rules"] for resource in rule["resources"]}
        for role in roles
    }


def test_prometheus_may_read_pods_of_our_namespaces_and_nothing_else() -> None:
    assert _rules("prometheus") == {namespace: {"pods"} for namespace in NAMESPACES}


def test_kube_state_metrics_may_read_workloads_of_our_namespaces_and_nothing_else() -> None:
    kinds = {"pods", "deployments", "statefulsets", "cronjobs", "jobs"}

    assert _rules("kube-state-metrics") == dict.fromkeys(NAMESPACES, kinds)


def test_kube_state_metrics_asks_for_exactly_what_it_may_read() -> None:
    arguments = _container(only(STACK, "Deployment", "kube-state-metrics"))["args"]
    given = dict(argument.removeprefix("--").split("=", 1) for argument in arguments)

    assert set(given["resources"].split(",")) == _rules("kube-state-metrics")["ml-platform"]
    assert set(given["namespaces"].split(",")) == NAMESPACES


def test_the_label_that_tells_training_jobs_apart_becomes_a_metric() -> None:
    arguments = _container(only(STACK, "Deployment", "kube-state-metrics"))["args"]

    assert "--metric-labels-allowlist=jobs=[job-type]" in arguments


def test_nobody_may_do_anything_beyond_a_namespace_but_prometheus_read_nodes_and_their_metrics() -> None:
    (role,), (binding,) = STACK.of_kind("ClusterRole"), STACK.of_kind("ClusterRoleBinding")

    assert [(rule["resources"], rule["verbs"]) for rule in role.inputs["rules"]] == [
        (["nodes"], ["get", "list", "watch"]),
        (["nodes/metrics"], ["get"]),
    ]
    assert binding.inputs["subjects"] == [
        {"kind": "ServiceAccount", "name": "prometheus", "namespace": "ml-monitoring"}
    ]
    assert binding.inputs["roleRef"]["name"] == role.object_name == "mlops-prometheus-nodes"


def test_no_role_of_monitoring_writes_or_reads_secrets() -> None:
    for role in STACK.of_kind("Role"):
        if role.object_name == "retraining-starts-jobs":
            continue
        for rule in role.inputs["rules"]:
            assert set(rule["verbs"]) <= {"get", "list", "watch"}
            assert not {"secrets", "configmaps", "*"} & set(rule["resources"])


def test_the_pushgateway_does_not_try_to_write_a_file() -> None:
    assert "--persistence.file=" in _container(only(STACK, "Deployment", "pushgateway"))["command"]


def test_two_copies_of_kube_state_metrics_never_count_at_the_same_time() -> None:
    deployment = only(STACK, "Deployment", "kube-state-metrics")

    assert at(deployment, "spec", "replicas") == 1
    assert at(deployment, "spec", "strategy", "type") == "Recreate"


@SERVERS
def test_a_new_configuration_is_a_new_object_so_that_the_server_restarts_with_it(name: str) -> None:
    config = STACK.one("ConfigMap", f"{name}-config")
    volumes = at(only(STACK, "StatefulSet", name), "spec", "template", "spec", "volumes")

    assert config.object_name is None
    assert [volume["configMap"]["name"] for volume in volumes if "configMap" in volume] == [f"{config.name}-0a1b2c3d"]


@SERVERS
def test_what_a_server_knows_survives_its_pod_and_its_replacement(name: str) -> None:
    spec = only(STACK, "StatefulSet", name).spec

    assert [claim["metadata"]["name"] for claim in spec["volumeClaimTemplates"]] == ["data"]
    assert spec["persistentVolumeClaimRetentionPolicy"] == {"whenDeleted": "Retain", "whenScaled": "Retain"}


@SERVERS
@pytest.mark.parametrize("port", [{"prometheus": (9090, 30909), "alertmanager": (9093, 30903)}])
def test_a_server_is_reached_at_the_documented_ports(name: str, port: dict[str, tuple[int, int]]) -> None:
    ports = at(only(STACK, "Service", name), "spec", "ports")

    assert [(each["port"], each["nodePort"]) for each in ports] == [port[name]]


def test_prometheus_reads_the_rules_that_are_tested() -> None:
    groups = yaml.safe_load(at(STACK.one("ConfigMap", "prometheus-config"), "data")["rules.yaml"])["groups"]

    assert [rule["alert"] for rule in groups[0]["rules"]] == [alert.name for alert in ALERTS]


@pytest.mark.parametrize("site", ["local", "dev"])
def test_who_has_our_alertmanager_is_told_when_it_does_not_deliver(site: str) -> None:
    config = yaml.safe_load(at(stack(site).one("ConfigMap", "prometheus-config"), "data")["prometheus.yaml"])
    rules = yaml.safe_load(at(stack(site).one("ConfigMap", "prometheus-config"), "data")["rules.yaml"])["groups"][0]

    assert "alertmanager" in {job["job_name"] for job in config["scrape_configs"]}
    assert "AlertsNotDelivered" in {rule["alert"] for rule in rules["rules"]}


def test_the_archiver_is_called_as_the_rule_of_its_first_base_asks_for_it() -> None:
    archiver = only(STACK, "Deployment", "wal-archive")
    (rule,) = (alert.expr for alert in ALERTS if alert.name == "WalBaseTooOld")

    assert f'kube_deployment_created{{namespace="{archiver.namespace}",deployment="{archiver.object_name}"}}' in rule


def test_prometheus_may_reach_everything_it_scrapes() -> None:
    policy = only(STACK, "NetworkPolicy", "prometheus")
    reached = {
        (peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"], rule["ports"][0]["port"])
        for rule in at(policy, "spec", "egress")
        for peer in rule.get("to", ())
    }

    assert reached == {
        ("mlflow", 9464),
        ("model-server", 8080),
        ("gateway", 9902),
        ("kube-state-metrics", 8080),
        ("pushgateway", 9091),
        ("alertmanager", 9093),
        ("prometheus", 9090),
    }
