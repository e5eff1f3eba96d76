"""Prometheus sees everything and its rules are alive."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from infra.observability.dashboards import SHEETS
from infra.observability.rules import ALERTS, RECORDINGS
from local.cluster.wait import until
from tests.alerts.emitted import pushed
from tests.support.platform import Platform
from tests.support.promql import filled, metrics, shown_always

pytestmark = pytest.mark.e2e
# What needs an event before it is there: a job by the clock, one that failed or a container that waits.
# The kubelet of `local` cannot read its own disk, and without that tells of no volume.
LATER = {
    "kubelet_volume_stats_available_bytes",
    "kubelet_volume_stats_capacity_bytes",
    "kube_cronjob_status_last_schedule_time",
    "kube_cronjob_status_last_successful_time",
    "kube_job_failed",
    "kube_pod_container_status_waiting_reason",
}


def ask(url: str) -> Any:
    """The JSON answer to GET `url`."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def test_every_scrape_target_is_up(platform: Platform) -> None:
    url = f"{platform.outputs['prometheusUrl']}/api/v1/targets?state=active"

    pools = {
        "prometheus", "alertmanager", "kube-state-metrics", "model-server", "gateway", "mlflow", "kubelet", "cadvisor",
    }  # fmt: skip

    def missing() -> list[str]:
        """Those that are not up, and pools without any: pods that are replaced are found anew."""
        found = [(target["scrapePool"], target["health"]) for target in ask(url)["data"]["activeTargets"]]
        down = [pool for pool, health in found if health != "up"]
        return down + sorted(pools - {pool for pool, _ in found})

    until("every target to be up", lambda: not missing(), seconds=120, why_not=lambda: f"down: {missing()}")


def test_every_rule_evaluates(platform: Platform) -> None:
    url = f"{platform.outputs['prometheusUrl']}/api/v1/rules"

    def ill() -> list[str]:
        rules = [rule for group in ask(url)["data"]["groups"] for rule in group["rules"]]
        return [f"{rule['name']}: {rule['health']}" for rule in rules if rule["health"] != "ok"] if rules else ["none"]

    until("every rule to be evaluated", lambda: not ill(), seconds=120, why_not=lambda: "; ".join(ill()))


def test_the_watchdog_reaches_alertmanager(platform: Platform) -> None:
    url = f"{platform.outputs['alertmanagerUrl']}/api/v2/alerts"
    until(
        "the watchdog at Alertmanager",
        lambda: "Watchdog" in {alert["labels"]["alertname"] for alert in ask(url)},
        seconds=180,
    )


def test_prometheus_has_every_series_of_a_server_that_a_rule_or_a_dashboard_asks_for(
    platform: Platform, tmp_path: Path
) -> None:
    """What jobs push is there after their first run, and is held against the jobs themselves in tests/alerts."""
    asked = [expr for sheet in SHEETS for _, expr in sheet.queries()]
    asked += [alert.expr for alert in ALERTS] + [recording.expr for recording in RECORDINGS]
    wanted = {name for expr in asked for name in metrics(expr)}
    servers = {name for name in wanted - pushed(tmp_path).keys() - LATER if ":" not in name}
    url = f"{platform.outputs['prometheusUrl']}/api/v1/label/__name__/values"

    def missing() -> set[str]:
        return servers - set(ask(url)["data"])

    until("every series to be scraped", lambda: not missing(), seconds=120, why_not=lambda: f"none of {missing()}")


def test_every_panel_has_a_curve_when_what_it_asks_for_is_there(platform: Platform, tmp_path: Path) -> None:
    """What jobs push is there after their first run; which kinds of Jobs there are depends on who began some."""
    queries = [(sheet.name, title, shown_always(filled(expr))) for sheet in SHEETS for title, expr in sheet.queries()]
    kinds = {"kube_job_failed", "kube_job_labels", "kube_job_status_active"}
    events = pushed(tmp_path).keys() | LATER | kinds

    def later(expr: str) -> bool:
        """One of its series waits for an event; of a figure that is recorded in several ways, each of them."""
        return any(
            name in events or (":" in name and all(later(one.expr) for one in RECORDINGS if one.name == name))
            for name in metrics(expr)
        )

    def answer(expr: str) -> list[Any]:
        query = urllib.parse.urlencode({"query": expr})
        told = ask(f"{platform.outputs['prometheusUrl']}/api/v1/query?{query}")
        assert told["status"] == "success", expr
        found: list[Any] = told["data"]["result"]
        return found

    def empty() -> list[str]:
        here = {one["metric"]["__name__"] for one in answer('group by (__name__) ({__name__!=""})')} - kinds
        return [
            f"{sheet}: {title}"
            for sheet, title, expr in queries
            if not answer(expr) and (metrics(expr) <= here or not later(expr))
        ]

    until("a curve of every panel", lambda: not empty(), seconds=120, why_not=lambda: f"none of {empty()}")
