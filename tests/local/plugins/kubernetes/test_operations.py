"""Operations against a real API server, without the engine: what is waited for, and the reason when it fails."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from threading import Event
from typing import Any

import pytest

from local.plugins.engine import Talk
from local.plugins.errors import InitFailed, PluginError
from local.plugins.kubernetes.cluster import Cluster
from local.plugins.kubernetes.kinds import Kind
from local.plugins.kubernetes.operations import Operation

pytestmark = pytest.mark.cluster

SKIP_AWAIT = {"pulumi.com/skipAwait": "true"}
SAFE = {
    "allowPrivilegeEscalation": False, "runAsNonRoot": True, "runAsUser": 65532,
    "capabilities": {"drop": ["ALL"]}, "seccompProfile": {"type": "RuntimeDefault"},
}  # fmt: skip


class Bench:
    """A namespace of its own, and operations in it."""

    def __init__(self, api: Cluster, namespace: str) -> None:
        self.api, self.namespace = api, namespace
        self.said: list[str] = []
        self.enough = ""
        self.cancelled = Event()

    def operation(self, api_version: str, kind: str, timeout: float = 60) -> Operation:
        talk = Talk(self.hear, self.hear, self.hear)
        return Operation(self.api, Kind(api_version, kind), talk, self.cancelled, timeout=timeout)

    def create(self, manifest: dict[str, Any], timeout: float = 60) -> dict[str, Any]:
        manifest["metadata"].setdefault("namespace", self.namespace)
        return self.operation(manifest["apiVersion"], manifest["kind"], timeout).create(manifest)

    def hear(self, text: str) -> None:
        self.said.append(text)
        if self.enough and self.enough in text:
            self.cancelled.set()

    def failure(self, manifest: dict[str, Any], enough: str = "", timeout: float = 120) -> str:
        """Why it is not ready; the wait for it is ended when its reason has the words that are `enough`."""
        self.enough = enough
        with pytest.raises(InitFailed) as failed:
            self.create(manifest, timeout)
        self.enough = ""
        self.cancelled.clear()
        return str(failed.value)


@pytest.fixture
def bench(api: Cluster) -> Iterator[Bench]:
    name = f"operations-{secrets.token_hex(4)}"
    made = Bench(api, name)
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    made.operation("v1", "Namespace").create(namespace)
    yield made
    made.cancelled.clear()
    made.operation("v1", "Namespace").delete({"name": name}, {"metadata": {"annotations": SKIP_AWAIT}})


def container(image: str, *arguments: str, **more: Any) -> dict[str, Any]:
    run = {"args": list(arguments)} if arguments else {}
    return {"name": "main", "image": image, "imagePullPolicy": "IfNotPresent", "securityContext": SAFE, **run, **more}


def pods(main: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [main], "terminationGracePeriodSeconds": 0, **spec},
    }


def deployment(main: dict[str, Any], replicas: int = 1) -> dict[str, Any]:
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": pods(main)}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}


def job(main: dict[str, Any]) -> dict[str, Any]:
    spec = {"backoffLimit": 0, "template": pods(main, restartPolicy="Never")}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "once"}, "spec": spec}


def test_an_image_that_cannot_be_pulled_is_named(bench: Bench) -> None:
    manifest = deployment({**container("not.there/at-all:1"), "imagePullPolicy": "Never"})
    assert "ErrImageNeverPull" in bench.failure(manifest, "ErrImageNeverPull")


def test_a_crashing_container_shows_its_own_last_words(bench: Bench, image: Callable[[str], str]) -> None:
    manifest = deployment(container(image("coredns"), "-conf", "/nowhere"))
    # Without a probe a container counts as ready in the moment before it crashes.
    manifest["spec"]["minReadySeconds"] = 5
    text = bench.failure(manifest, "open /nowhere: no such file")
    assert "open /nowhere: no such file" in text
    assert "exit code" in text


def test_a_pod_that_fits_nowhere_says_what_is_short(bench: Bench, image: Callable[[str], str]) -> None:
    greedy = container(image("pause"), resources={"requests": {"cpu": "900"}})
    assert "Insufficient cpu" in bench.failure(deployment(greedy), "Insufficient cpu")


def test_a_quota_that_stops_pods_is_named(bench: Bench, image: Callable[[str], str]) -> None:
    bench.create(
        {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "none"}, "spec": {"hard": {"pods": "0"}}}
    )
    assert "exceeded quota: none" in bench.failure(deployment(container(image("pause"))), "exceeded quota: none")


def test_pod_security_that_stops_the_pods_of_a_stateful_set_is_named(bench: Bench, image: Callable[[str], str]) -> None:
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": bench.namespace, "labels": labels}}
    bench.operation("v1", "Namespace").update(namespace, [])
    open_door = {**container(image("pause")), "securityContext": {"privileged": True}}
    manifest = deployment(open_door) | {"kind": "StatefulSet"}
    manifest["spec"]["serviceName"] = "web"
    text = bench.failure(manifest, "violates PodSecurity")
    assert "violates PodSecurity" in text
    assert any("violate PodSecurity" in said for said in bench.said)


def test_a_job_that_ends_well_is_done(bench: Bench, image: Callable[[str], str]) -> None:
    done = bench.create(job(container(image("coredns"), "-version")))
    assert done["status"]["succeeded"] == 1


def test_a_job_that_fails_shows_the_last_lines_of_its_pod(bench: Bench, image: Callable[[str], str]) -> None:
    text = bench.failure(job(container(image("coredns"), "-conf", "/nowhere")))
    assert "BackoffLimitExceeded" in text
    assert "open /nowhere: no such file" in text


def test_a_service_is_ready_once_a_pod_answers_behind_it(bench: Bench, image: Callable[[str], str]) -> None:
    service = {
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
    }  # fmt: skip
    assert "no ready pod matches its selector app=web" in bench.failure(service, timeout=1)
    bench.create(deployment(container(image("pause")), replicas=2))
    assert bench.create(service)["spec"]["clusterIP"]


def test_a_claim_whose_volume_comes_with_its_first_pod_is_not_waited_for(bench: Bench) -> None:
    late = f"late-{bench.namespace}"
    storage_class = {
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": late},
        "provisioner": "trial.mlops.test/none", "volumeBindingMode": "WaitForFirstConsumer",
    }  # fmt: skip
    bench.operation("storage.k8s.io/v1", "StorageClass").create(storage_class)
    request = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Mi"}},
        "storageClassName": late,
    }
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"}, "spec": request}
    assert bench.create(claim, timeout=5)["status"]["phase"] == "Pending"
    bench.operation("storage.k8s.io/v1", "StorageClass").delete({"name": late}, {})


def test_skip_await_returns_before_anything_runs(bench: Bench) -> None:
    manifest = deployment(container("not.there/at-all:1"))
    manifest["metadata"]["annotations"] = SKIP_AWAIT
    assert "availableReplicas" not in bench.create(manifest)["status"]


def test_cancelling_ends_a_wait_at_once_and_keeps_the_object(bench: Bench) -> None:
    text = bench.failure(deployment(container("not.there/at-all:1")), "of 1 pods updated", timeout=300)
    assert "cancelled while waiting" in text


def test_a_field_that_does_not_exist_is_refused_by_name(bench: Bench) -> None:
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "dta": {"k": "v"}}
    with pytest.raises(PluginError, match="dta"):
        bench.create(manifest)


def test_a_missing_namespace_says_how_to_declare_it(bench: Bench) -> None:
    manifest = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "c", "namespace": "not-there"},
        "data": {},
    }
    with pytest.raises(PluginError, match="Create the namespace in the same program"):
        bench.create(manifest)


def test_an_object_held_by_a_finalizer_says_which(bench: Bench) -> None:
    metadata = {"name": "kept", "finalizers": ["trial.mlops.test/keep"]}
    made = bench.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {}})
    operation = bench.operation("v1", "ConfigMap", timeout=1)
    with pytest.raises(PluginError, match=r"trial\.mlops\.test/keep"):
        operation.delete(made["metadata"], made)
    bare = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kept", "namespace": bench.namespace}}
    operation.update(bare, [])
    operation.delete(made["metadata"], made)
    assert operation.find(made["metadata"]) is None
