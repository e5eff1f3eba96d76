"""Claims about Amazon Managed Prometheus: the same rules, the same names of jobs, a topic for each severity."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.observability.alert import Severity
from infra.observability.managed import ManagedPrometheus, ManagedPrometheusArgs
from infra.observability.rules import PLATFORM_ALERTS
from tests.support import promtool
from tests.support.cloud import KEPT, MESSAGE_KEY, TOPICS, policy
from tests.support.recording import Recording, record

# As what is recorded names it.
BEATS = "arn:aws:aws:sns/topic:Topic:metrics-watchdog"


@pytest.fixture(scope="module")
def recording() -> Recording:
    args = ManagedPrometheusArgs(
        cloud=KEPT,
        cluster_arn="arn:aws:eks:eu-central-1:123456789012:cluster/mlops-test-cluster",
        subnets=["subnet-1", "subnet-2"],
        groups=["sg-nodes", "sg-cluster"],
        alerts=PLATFORM_ALERTS,
        topics=TOPICS,
        log_key="arn:aws:kms:eu-central-1:123456789012:key/logs",
        message_key=MESSAGE_KEY,
    )
    return record(lambda: ManagedPrometheus("metrics", args))


def alertmanager(recording: Recording) -> dict[str, Any]:
    outer = yaml.safe_load(recording.one("AlertManagerDefinition", "metrics-routes").inputs["definition"])
    inner: dict[str, Any] = yaml.safe_load(outer["alertmanager_config"])
    return inner


def test_the_rules_are_those_that_promtool_has_judged(recording: Recording, tmp_path: Path) -> None:
    data = recording.one("RuleGroupNamespace", "metrics-rules").inputs["data"]

    (tmp_path / "rules.yaml").write_text(data)
    assert promtool.run("promtool", "check", "rules", tmp_path / "rules.yaml").returncode == 0
    group, *_ = yaml.safe_load(data)["groups"]
    assert [each["alert"] for each in group["rules"]] == [alert.name for alert in PLATFORM_ALERTS]
    # Amazon's own has no such metrics in the workspace.
    assert "alertmanager_" not in data


def test_the_scraper_asks_what_the_rules_need_under_the_names_they_use(recording: Recording) -> None:
    config = yaml.safe_load(recording.one("Scraper", "metrics-scraper").inputs["scrapeConfiguration"])

    jobs = [job["job_name"] for job in config["scrape_configs"]]
    assert jobs == ["mlflow", "model-server", "gateway", "kube-state-metrics", "pushgateway", "kubelet", "cadvisor"]
    # Amazon's scraper refuses what only a server of one's own has.
    assert config.keys() == {"global", "scrape_configs"}
    assert config["global"]["scrape_interval"] == "30s"


def test_the_scraper_reaches_kubelets_through_the_api_only(recording: Recording) -> None:
    config = yaml.safe_load(recording.one("Scraper", "metrics-scraper").inputs["scrapeConfiguration"])

    paths = {}
    for job in config["scrape_configs"]:
        if job["kubernetes_sd_configs"] == [{"role": "node"}]:
            address, path, *_ = job["relabel_configs"]
            assert address == {"target_label": "__address__", "replacement": "kubernetes.default.svc:443"}
            paths[job["job_name"]] = path["replacement"]
    assert paths == {
        "kubelet": "/api/v1/nodes/$1/proxy/metrics",
        "cadvisor": "/api/v1/nodes/$1/proxy/metrics/cadvisor",
    }


def test_each_severity_goes_to_its_own_topic(recording: Recording) -> None:
    config = alertmanager(recording)

    sent = {each["name"]: each["sns_configs"][0]["topic_arn"] for each in config["receivers"]}
    assert sent == {**TOPICS, "heartbeat": BEATS}
    routes = {route["receiver"]: route["matchers"] for route in config["route"]["routes"]}
    by_severity = {severity.value: [f'severity="{severity}"'] for severity in Severity}
    assert routes == {"heartbeat": ['alertname="Watchdog"'], **by_severity}


def test_the_watchdog_beats_more_than_once_while_sns_counts_and_never_says_that_it_is_over(
    recording: Recording,
) -> None:
    config = alertmanager(recording)

    beats = config["route"]["routes"][0]
    assert (beats["receiver"], beats["group_interval"], beats["repeat_interval"]) == ("heartbeat", "60s", "30s")
    (told,) = [each["sns_configs"][0] for each in config["receivers"] if each["name"] == "heartbeat"]
    assert told["send_resolved"] is False


def test_a_quarter_of_an_hour_without_a_beat_is_told_as_p1_also_when_there_are_no_figures(
    recording: Recording,
) -> None:
    (alarm,) = recording.of_kind("MetricAlarm")
    given = alarm.inputs

    assert (given["namespace"], given["metricName"]) == ("AWS/SNS", "NumberOfMessagesPublished")
    assert given["dimensions"] == {"TopicName": "mlops-prod-watchdog"}
    assert (given["statistic"], given["comparisonOperator"], given["threshold"]) == ("Sum", "LessThanThreshold", 1)
    assert given["period"] * given["evaluationPeriods"] == given["period"] * given["datapointsToAlarm"] == 900
    assert given["treatMissingData"] == "breaching"
    assert given["alarmActions"] == given["okActions"] == [TOPICS["P1"]]


def test_nobody_but_the_alertmanager_of_this_account_can_give_a_beat(recording: Recording) -> None:
    (topic,) = recording.of_kind("Topic")
    statements = policy(recording.one("TopicPolicy", "metrics-watchdog-policy"))

    assert topic.inputs["kmsMasterKeyId"] == MESSAGE_KEY
    assert {sid: one["Principal"] for sid, one in statements.items() if one["Effect"] == "Allow"} == {
        "AlertManager": {"Service": "aps.amazonaws.com"}
    }


def test_amtool_accepts_the_routes_of_the_definition(recording: Recording, tmp_path: Path) -> None:
    file = tmp_path / "alertmanager.yaml"
    file.write_text(yaml.safe_dump(alertmanager(recording)))

    checked = promtool.run("amtool", "check-config", file)

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_its_collector_may_write_into_the_workspace(recording: Recording) -> None:
    # Not into one with a customer's key.
    assert "kmsKeyArn" not in recording.one("Workspace", "metrics-workspace").inputs
    assert recording.one("LogGroup", "metrics-logs").inputs["kmsKeyId"].endswith("key/logs")
    assert json.dumps(recording.one("LogGroup", "metrics-logs").inputs["name"]).startswith('"/aws/vendedlogs/')
