"""Readiness rules on made-up objects: what is ready, what waits, what has failed, and the reason given."""

from __future__ import annotations

from threading import Event
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.plugins.errors import Cancelled
from local.plugins.kubernetes.waiting import cluster, network, workloads
from local.plugins.kubernetes.waiting.removal import gone
from local.plugins.kubernetes.waiting.selector import query
from local.plugins.kubernetes.waiting.state import Object
from local.plugins.waiting import Failed, NotReady, Pending, Ready, State, wait


class Holding:
    """A cluster that holds these objects, by collection path."""

    def __init__(self, objects: dict[str, list[Object]] | None = None, log: str = "") -> None:
        self._objects, self._log = objects or {}, log

    def find(self, path: str) -> Object | None:
        collection, _, name = path.rpartition("/")
        return next((item for item in self._objects.get(collection, []) if item["metadata"]["name"] == name), None)

    def items(self, path: str, *, labels: str = "", fields: str = "") -> list[Object]:  # noqa: ARG002  one owner is enough
        return self._objects.get(path, [])

    def log(self, namespace: str, pod: str, container: str, *, previous: bool) -> str:  # noqa: ARG002  one log is enough
        return self._log


NOTHING = Holding()
PODS, EVENTS = "/api/v1/namespaces/a/pods", "/api/v1/namespaces/a/events"


def owner(spec: dict[str, Any], status: dict[str, Any], generation: int = 1) -> Object:
    metadata = {"name": "web", "namespace": "a", "uid": "1", "generation": generation}
    return {"metadata": metadata, "spec": {"selector": {"matchLabels": {"app": "web"}}, **spec}, "status": status}


def pod(status: dict[str, Any]) -> Object:
    metadata = {"name": "web-1", "namespace": "a", "uid": "2", "creationTimestamp": "2026-01-01T00:00:00Z"}
    return {"metadata": metadata, "spec": {}, "status": status}


def waiting(reason: str, message: str) -> dict[str, Any]:
    return {"containerStatuses": [{"name": "main", "state": {"waiting": {"reason": reason, "message": message}}}]}


def reason(state: State) -> str:
    assert isinstance(state, Pending | Failed)
    return state.reason


DONE = {"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2, "readyReplicas": 2}


@given(
    replicas=st.integers(0, 5), updated=st.integers(0, 5), available=st.integers(0, 5), total=st.integers(0, 10),
    seen=st.integers(0, 2),
)  # fmt: skip
def test_a_deployment_is_ready_exactly_when_all_pods_are_new_and_available(
    replicas: int, updated: int, available: int, total: int, seen: int
) -> None:
    status = {"observedGeneration": seen, "replicas": total, "updatedReplicas": updated, "availableReplicas": available}
    ready = isinstance(workloads.deployment(owner({"replicas": replicas}, status, 2), NOTHING), Ready)
    assert ready == (seen >= 2 and updated >= replicas and available >= replicas and total <= updated)


def test_a_deployment_past_its_deadline_fails_with_the_pods_own_reason() -> None:
    progressing = {
        "type": "Progressing",
        "status": "False",
        "reason": "ProgressDeadlineExceeded",
        "message": "too slow",
    }
    item = owner({"replicas": 1}, {"observedGeneration": 1, "conditions": [progressing]})
    state = workloads.deployment(item, Holding({PODS: [pod(waiting("ImagePullBackOff", "no such image x"))]}))
    assert isinstance(state, Failed)
    assert "pod web-1, container main: ImagePullBackOff: no such image x" in state.reason


def test_a_quota_that_stops_pods_is_named() -> None:
    failure = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "exceeded quota: small"}
    item = owner({"replicas": 1}, {"observedGeneration": 1, "conditions": [failure]})
    assert "FailedCreate: exceeded quota: small" in reason(workloads.deployment(item, NOTHING))


def test_a_crashing_container_shows_its_exit_code_and_last_lines() -> None:
    status = waiting("CrashLoopBackOff", "back-off 10s")
    status["containerStatuses"][0]["lastState"] = {"terminated": {"exitCode": 3, "reason": "Error"}}
    holding = Holding({PODS: [pod(status)]}, log="starting\nno database at x\n")
    text = reason(workloads.deployment(owner({"replicas": 1}, {"observedGeneration": 1}), holding))
    assert "CrashLoopBackOff: back-off 10s (exit code 3, Error)" in text
    assert text.endswith("no database at x")


def test_a_pod_that_fits_nowhere_says_why() -> None:
    unscheduled = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes: cpu"}
    item = pod({"phase": "Pending", "conditions": [unscheduled]})
    assert reason(workloads.pod(item, NOTHING)) == "pod web-1: Unschedulable: 0/1 nodes: cpu"


def test_a_pod_that_runs_but_fails_its_probe_says_so_from_its_events() -> None:
    event = {"reason": "Unhealthy", "message": "Readiness probe failed: 503", "lastTimestamp": "2026-01-01T00:00:01Z"}
    item = pod({"phase": "Running", "containerStatuses": [{"name": "main", "state": {"running": {}}}]})
    assert "Readiness probe failed: 503" in reason(workloads.pod(item, Holding({EVENTS: [event]})))


def test_a_stateful_set_waits_for_its_new_revision() -> None:
    behind = {**DONE, "updatedReplicas": 1, "currentRevision": "a", "updateRevision": "b"}
    assert "1 of 2 pods updated" in reason(workloads.stateful_set(owner({"replicas": 2}, behind), NOTHING))
    partition = {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}
    held = owner({"replicas": 2, "updateStrategy": partition}, behind)
    assert workloads.stateful_set(held, NOTHING) == Ready()


def test_a_failed_job_gives_the_last_lines_of_its_pod() -> None:
    failed = {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "it has failed"}
    ended = {"phase": "Failed", "containerStatuses": [{"name": "main", "state": {"terminated": {"exitCode": 1}}}]}
    state = workloads.job(owner({}, {"conditions": [failed]}), Holding({PODS: [pod(ended)]}, log="no such table"))
    assert isinstance(state, Failed)
    assert "BackoffLimitExceeded: it has failed" in state.reason
    assert state.reason.endswith("no such table")


@pytest.mark.parametrize("spec", [{"type": "ExternalName"}, {"clusterIP": "None", "selector": {"a": "b"}}, {}])
def test_a_service_without_addresses_of_its_own_is_ready_at_once(spec: dict[str, Any]) -> None:
    assert network.service({"metadata": {"name": "web", "namespace": "a"}, "spec": spec}, NOTHING) == Ready()


def test_a_service_waits_for_a_ready_pod_behind_it() -> None:
    item = {"metadata": {"name": "web", "namespace": "a"}, "spec": {"selector": {"app": "web"}}}
    slices = "/apis/discovery.k8s.io/v1/namespaces/a/endpointslices"
    unready = {"addresses": ["10.0.0.1"], "conditions": {"ready": False}}
    assert "app=web" in reason(network.service(item, Holding({slices: [{"endpoints": [unready]}]})))
    ready = {"addresses": ["10.0.0.1"], "conditions": {"ready": True}}
    assert network.service(item, Holding({slices: [{"endpoints": [unready, ready]}]})) == Ready()


def test_a_claim_whose_class_waits_for_its_first_pod_does_not_hold_that_pod_up() -> None:
    local = {
        "metadata": {"name": "local", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
        "volumeBindingMode": "WaitForFirstConsumer",
    }
    holding = Holding({"/apis/storage.k8s.io/v1/storageclasses": [local]})
    for spec in ({}, {"storageClassName": "local"}):
        claim = {
            "metadata": {"name": "data", "namespace": "a", "uid": "3"},
            "spec": spec,
            "status": {"phase": "Pending"},
        }
        assert cluster.volume_claim(claim, holding) == Ready()
    assert reason(cluster.volume_claim(claim, NOTHING)) == "phase Pending"


def test_a_deleted_object_is_gone_once_another_stands_in_its_place() -> None:
    assert gone(None, "1") == Ready()
    assert gone({"metadata": {"uid": "2"}}, "1") == Ready()
    held = {"metadata": {"uid": "1", "finalizers": ["example.com/keep"]}}
    assert reason(gone(held, "1")) == "still being deleted: finalizers example.com/keep"


def test_a_selector_becomes_a_query() -> None:
    expressions = [
        {"key": "tier", "operator": "In", "values": ["a", "b"]},
        {"key": "old", "operator": "DoesNotExist"},
    ]
    assert query({"matchLabels": {"app": "web"}, "matchExpressions": expressions}) == "app=web,tier in (a,b),!old"


def test_running_out_of_time_gives_the_last_reason_and_each_reason_is_told_once() -> None:
    told: list[str] = []
    with pytest.raises(NotReady, match="not ready after 0 s: no pod"):
        wait(lambda: Pending("no pod"), 0.3, Event(), told.append)
    assert told == ["no pod"]


def test_a_cancelled_wait_ends_at_once() -> None:
    cancelled = Event()
    cancelled.set()
    with pytest.raises(Cancelled, match="no pod"):
        wait(lambda: Pending("no pod"), 600, cancelled, lambda _reason: None)
