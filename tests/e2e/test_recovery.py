"""Killed pods lose nothing and come back."""

from __future__ import annotations

import json
import urllib.request

import pytest

from local.cluster.wait import until
from tests.e2e.test_clients import request, run_client
from tests.support.platform import Platform

pytestmark = pytest.mark.e2e


SAMPLE_RUNS = """
import json, mlflow
mlflow.set_experiment("recovery")
client = mlflow.MlflowClient()
experiment = client.get_experiment_by_name("recovery").experiment_id
written = []
for number in range(20):
    run = client.create_run(experiment)
    client.log_metric(run.info.run_id, "n", number)
    client.set_terminated(run.info.run_id)
    written.append(run.info.run_id)
print(json.dumps(written))
"""

STORED_RUNS = """
import json, mlflow
client = mlflow.MlflowClient()
experiment = client.get_experiment_by_name("recovery").experiment_id
runs = client.search_runs([experiment], max_results=1000)
print(json.dumps({run.info.run_id: run.data.metrics["n"] for run in runs}))
"""


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
def test_killing_it_loses_no_acknowledged_run_and_it_recovers(platform: Platform, namespace: str, name: str) -> None:
    written = run_client(platform, SAMPLE_RUNS)
    victims = pods(platform, namespace, name)
    assert victims
    for victim in victims.values():
        kill(platform, namespace, victim)
    until(f"{name} to recover", lambda: pods(platform, namespace, name).keys() - victims.keys(), seconds=120)
    until("tracking to be ready", lambda: tracking_is_ready(platform), seconds=180)
    stored = run_client(platform, STORED_RUNS)
    assert set(written) <= stored.keys()
    assert [stored[run] for run in written] == list(range(20))


def test_one_killed_serving_pod_is_replaced_and_predictions_are_the_same(platform: Platform) -> None:
    answer = platform.mlops("predict", "--rows", "3", "--json").stdout
    before = pods(platform, "ml-serving", "model-server")
    kill(platform, "ml-serving", next(iter(before.values())))
    until("a new serving pod", lambda: pods(platform, "ml-serving", "model-server").keys() - before.keys(), seconds=60)
    until("serving to answer", lambda: serving_answers(platform), seconds=60)
    after = json.loads(platform.mlops("predict", "--rows", "3", "--json").stdout)
    assert after == json.loads(answer)
