"""Claims about what a Prometheus Operator is given."""

import pulumi
import pytest

from infra.foundation.exposure import ClusterOnly
from infra.observability.observability import Observability, ObservabilityArgs
from infra.observability.rules import ALERTS, DELIVERY_ALERTS, PLATFORM_ALERTS
from infra.settings.observability import OperatorSettings
from tests.support.recording import Recording, record
from tests.support.settings import settings

LABELS = {"release": "theirs"}
NAMESPACES = {name: name for name in ("ml-platform", "ml-serving", "ml-training", "ml-monitoring")}


@pytest.fixture(scope="module")
def recording() -> Recording:
    given = settings()
    wanted = OperatorSettings(
        kind="operator",
        kubeStateMetrics=given.observability.kube_state_metrics.model_dump(by_alias=True),
        pushgateway=given.observability.pushgateway.model_dump(by_alias=True),
        labels=LABELS,
        namespace="monitoring",
    )
    args = ObservabilityArgs(
        namespace="ml-monitoring",
        watched=NAMESPACES,
        images=given.images,
        settings=wanted,
        secrets=given.secrets,
        durability=given.durability,
        prometheus=ClusterOnly(),
        alertmanager=ClusterOnly(),
        alerts=PLATFORM_ALERTS,
        scrapers=(),
    )
    return record(lambda: Observability("observability", args, pulumi.ResourceOptions()))


def test_the_rules_are_those_that_promtool_has_judged(recording: Recording) -> None:
    (rule,) = recording.of_kind("PrometheusRule")

    group, *_ = rule.spec["groups"]
    assert [each["alert"] for each in group["rules"]] == [alert.name for alert in PLATFORM_ALERTS]
    assert group["rules"] == [alert.rule() for alert in PLATFORM_ALERTS]


def test_the_operator_finds_rules_and_targets_by_its_labels(recording: Recording) -> None:
    for each in recording.of_kind("PrometheusRule", "PodMonitor"):
        assert LABELS.items() <= each.labels.items(), each.name


def test_jobs_are_named_as_the_rules_ask_for_them(recording: Recording) -> None:
    monitors = {each.object_name: each.spec for each in recording.of_kind("PodMonitor")}

    assert set(monitors) == {"mlflow", "model-server", "gateway", "kube-state-metrics", "pushgateway"}
    for name, spec in monitors.items():
        assert spec["jobLabel"] == "app.kubernetes.io/name"
        assert spec["selector"]["matchLabels"] == {"app.kubernetes.io/name": name}
    honoured = {name for name, spec in monitors.items() if spec["podMetricsEndpoints"][0]["honorLabels"]}
    assert honoured == {"kube-state-metrics", "pushgateway"}
    # A pushed figure goes on as the same series in another pod of the gateway.
    dropped = {name: spec["podMetricsEndpoints"][0].get("relabelings") for name, spec in monitors.items()}
    assert {name: one for name, one in dropped.items() if one} == {
        "pushgateway": [{"action": "labeldrop", "regex": "pod"}]
    }


def test_the_operators_prometheus_may_ask_for_metrics_and_for_nothing_else(recording: Recording) -> None:
    opened = {
        (each.namespace, rule["ports"][0]["port"])
        for each in recording.of_kind("NetworkPolicy")
        for rule in each.spec.get("ingress", ())
        for peer in rule.get("from", ())
        if "podSelector" not in peer
        and peer["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "monitoring"}
    }

    assert opened == {
        ("ml-platform", 9464),
        ("ml-serving", 8080),
        ("ml-serving", 9902),
        ("ml-monitoring", 8080),
        ("ml-monitoring", 9091),
    }


def test_an_alertmanager_that_nobody_asks_for_metrics_is_not_watched(recording: Recording) -> None:
    asked = {each.object_name for each in recording.of_kind("PodMonitor")}
    rules = [rule["expr"] for each in recording.of_kind("PrometheusRule") for rule in each.spec["groups"][0]["rules"]]

    assert "alertmanager" not in asked
    assert [expr for expr in rules if "alertmanager_" in expr] == []


def test_no_prometheus_of_our_own_runs_beside_it(recording: Recording) -> None:
    assert recording.of_kind("StatefulSet") == []


def test_alerts_about_our_own_servers_are_left_to_sites_that_have_them() -> None:
    ours = {alert.name for alert in ALERTS} - {alert.name for alert in (*PLATFORM_ALERTS, *DELIVERY_ALERTS)}

    assert ours == {
        "DatabaseDown",
        "StoreDown",
        "BackupCopyTooOld",
        "BackupNotDrilled",
        "BackupDrillFailed",
        "DatabaseConnectionsHigh",
        "DatabaseTransactionIdsHigh",
        "WalArchiveLate",
        "WalBaseTooOld",
    }
