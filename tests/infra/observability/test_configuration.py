"""What Prometheus reads is accepted by its own tool and says what we mean."""

import re
from pathlib import Path
from typing import Any

import yaml

from infra.observability.prometheus import TARGETS, command
from infra.observability.rule_file import rule_file
from infra.observability.rules import ALERTS, RECORDINGS
from infra.observability.scrape import CONFIG, KUBELETS, prometheus_config
from infra.settings.observability import BundledSettings
from tests.support import promtool
from tests.support.settings import settings


def _jobs() -> dict[str, dict[str, Any]]:
    return {job["job_name"]: job for job in yaml.safe_load(prometheus_config(TARGETS, 30))["scrape_configs"]}


def test_promtool_accepts_the_configuration(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(rule_file(ALERTS, RECORDINGS))
    config = tmp_path / "prometheus.yaml"
    # What the pod has: promtool wants to see the files that are named.
    for file in ("token", "ca.crt"):
        (tmp_path / file).touch()
    here = prometheus_config(TARGETS, 30).replace("/var/run/secrets/kubernetes.io/serviceaccount", str(tmp_path))
    config.write_text(here.replace(CONFIG, str(tmp_path)))

    checked = promtool.run("promtool", "check", "config", config)

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_job_that_an_alert_asks_about_is_scraped() -> None:
    asked = {job for alert in ALERTS for job in re.findall(r'up\{job="([^"]+)"\}', alert.expr)}

    assert asked <= set(_jobs())


def test_only_those_that_speak_for_others_may_say_whose_metric_it_is() -> None:
    assert [name for name, job in _jobs().items() if job["honor_labels"]] == ["kube-state-metrics", "pushgateway"]


def test_a_pushed_figure_goes_on_as_the_same_series_in_another_pod_of_the_gateway() -> None:
    by_pod = {
        name: "pod" in {one.get("target_label") for one in job["relabel_configs"]} for name, job in _jobs().items()
    }

    kubelets = {kubelet.job for kubelet in KUBELETS}
    assert {name for name, named in by_pod.items() if not named} - kubelets == {"pushgateway"}


def test_each_target_is_looked_for_in_its_own_namespace_only() -> None:
    namespaces = {
        name: job["kubernetes_sd_configs"][0]["namespaces"]["names"]
        for name, job in _jobs().items()
        if name not in {kubelet.job for kubelet in KUBELETS}
    }

    assert namespaces == {
        "mlflow": ["ml-platform"],
        "model-server": ["ml-serving"],
        "gateway": ["ml-serving"],
        "kube-state-metrics": ["ml-monitoring"],
        "pushgateway": ["ml-monitoring"],
        "alertmanager": ["ml-monitoring"],
        "prometheus": ["ml-monitoring"],
    }


def test_kubelets_are_asked_over_tls_with_a_token_and_of_thousands_of_series_only_what_is_used_is_kept() -> None:
    folder = "/var/run/secrets/kubernetes.io/serviceaccount"
    for name, kept in (("kubelet", "kubelet_volume_stats_available_bytes"), ("cadvisor", "container_memory_rss")):
        job = _jobs()[name]
        assert (job["scheme"], job["authorization"]) == ("https", {"credentials_file": f"{folder}/token"})
        assert job["tls_config"] == {"ca_file": f"{folder}/ca.crt"}
        (keep,) = job["metric_relabel_configs"]
        assert keep["action"] == "keep"
        assert re.fullmatch(keep["regex"], kept)
        assert not re.fullmatch(keep["regex"], "kubelet_runtime_operations_duration_seconds_bucket")


def test_mlflow_is_asked_on_the_port_that_needs_no_password() -> None:
    assert {"source_labels": ["__meta_kubernetes_pod_container_port_number"], "regex": "9464", "action": "keep"} in (
        _jobs()["mlflow"]["relabel_configs"]
    )


def test_samples_leave_room_on_the_volume_for_what_prometheus_needs_besides() -> None:
    given = settings().observability
    assert isinstance(given, BundledSettings)

    assert "--storage.tsdb.retention.size=4096MB" in command(given.prometheus.model_copy(update={"storage": "5Gi"}))
