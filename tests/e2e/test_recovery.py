"""Killed pods lose nothing and come back."""

from __future__ import annotations

import json
import secrets
import urllib.request

import pytest

from benchmarks.chaos_platform import Target, writing
from benchmarks.chaos_sets import compare
from local.cluster.wait import until
from tests.e2e.test_clients import request
from tests.support.platform import Platform

pytestmark = pytest.mark.e2e

CLIENTS, MODELS = 20, 3


def pods(platform: Platform, namespace: str, name: str) -> dict[str, str]:
    """The workload's running pods: name by uid, for a replaced pod of a StatefulSet keeps its name."""
    items = platform.api.items(f"/api/v1/namespaces/{namespace}/pods")
    return {
        item["metadata"]["uid"]: item["metadata"]["name"]
        for item in items
        if item["metadata"].get("labels", {}).get("app.kubernetes.io/name") == name
        and item["status"].get("phase") == "Running"
    }


def kill(platform: Platform, namespace: str, pod: str) -> None:
    """Ends the pod at once: no grace, no warning to its process."""
    platform.kubectl("delete", "pod", pod, "--namespace", namespace, "--grace-period=0", "--force")


def tracking_is_ready(platform: Platform) -> bool:
    """Whether a tracking server, its databases and the store answer."""
    try:
        with urllib.request.urlopen(f"{platform.outputs['trackingUri']}/ready", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def serving_answers(platform: Platform) -> bool:
    """Whether the model server has a champion loaded."""
    try:
        return request(f"{platform.outputs['servingUrl']}/ready")[0] == 200
    except OSError:
        return False


@pytest.mark.parametrize(
    ("namespace", "name"), [("ml-platform", "postgres"), ("ml-platform", "store"), ("ml-platform", "mlflow")]
)
def test_killing_it_under_writes_loses_nothing_that_was_acknowledged(
    platform: Platform, namespace: str, name: str
) -> None:
    target = Target(platform.environment)
    where = target.prepare(f"recovery-{name}-{secrets.token_hex(3)}", MODELS)
    dangling = target.dangling()
    with writing(where, CLIENTS, "w", most=5000) as ledger:
        until("writes", lambda: len(ledger.acknowledged) > 10 * CLIENTS, seconds=120)
        victims = pods(platform, namespace, name)
        assert victims
        for victim in victims.values():
            kill(platform, namespace, victim)
        until(f"{name} to recover", lambda: pods(platform, namespace, name).keys() - victims.keys(), seconds=120)
        until("tracking to be ready", lambda: tracking_is_ready(platform), seconds=180)
        acknowledged = len(ledger.acknowledged)
        until("writes after it", lambda: len(ledger.acknowledged) > acknowledged, seconds=120)
    assert compare(ledger.acknowledged, ledger.sent, target.stored(where)).problems == []
    assert target.dangling() == dangling
    target.remove(where)


def test_one_killed_serving_pod_is_replaced_and_predictions_are_the_same(platform: Platform) -> None:
    answer = platform.mlops("predict", "--rows", "3", "--json").stdout
    before = pods(platform, "ml-serving", "model-server")
    kill(platform, "ml-serving", next(iter(before.values())))
    until("a new serving pod", lambda: pods(platform, "ml-serving", "model-server").keys() - before.keys(), seconds=60)
    until("serving to answer", lambda: serving_answers(platform), seconds=60)
    after = json.loads(platform.mlops("predict", "--rows", "3", "--json").stdout)
    assert after == json.loads(answer)
