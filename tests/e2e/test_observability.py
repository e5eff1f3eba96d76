"""Prometheus sees everything and its rules are alive."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest

from local.cluster.wait import until
from tests.support.platform import Platform

pytestmark = pytest.mark.e2e


def ask(url: str) -> Any:
    """The JSON answer to GET `url`."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def test_every_scrape_target_is_up(platform: Platform) -> None:
    url = f"{platform.outputs['prometheusUrl']}/api/v1/targets?state=active"

    def down() -> list[str]:
        return [target["scrapePool"] for target in ask(url)["data"]["activeTargets"] if target["health"] != "up"]

    until("every target to be up", lambda: not down(), seconds=120, why_not=lambda: f"down: {down()}")
    pools = {target["scrapePool"] for target in ask(url)["data"]["activeTargets"]}
    assert {"prometheus", "alertmanager", "kube-state-metrics", "model-server", "gateway", "mlflow"} <= pools


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
