"""The one-node cluster, for real."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cache import cache_root
from local.cluster.client import Cluster
from local.cluster.cluster import diagnose, start_cluster
from local.cluster.dns import resolve
from local.cluster.instance import Instance
from local.cluster.node import in_node, node_pid, stop_node
from local.cluster.node_root import node_root_folder
from local.cluster.registry import open_instance
from local.cluster.wait import until
from local.images.build import build_images
from local.progress import Progress
from local.toolchain.build import toolchain_folder
from tests.support.host import HostState
from tests.support.platform import Platform

pytestmark = pytest.mark.cluster


def test_names_of_services_resolve_to_their_addresses(cluster: Instance) -> None:
    assert resolve(cluster.dns_address, "kubernetes.default.svc.cluster.local") == cluster.api_service_address


def test_names_that_do_not_exist_have_no_address(cluster: Instance) -> None:
    assert resolve(cluster.dns_address, "nothing.default.svc.cluster.local") is None
    assert resolve(cluster.dns_address, "example.org") is None


def make_namespace(platform: Platform, name: str) -> None:
    """A namespace in which pods may be made: its service account comes a moment after it."""
    platform.kubectl("create", "namespace", name)
    account = f"/api/v1/namespaces/{name}/serviceaccounts/default"
    until("the namespace's service account", lambda: platform.api.get(account))


def test_a_volume_claim_is_bound_and_its_pod_writes_to_it(cluster: Instance) -> None:
    platform = Platform(cluster, "")
    image = next(
        name
        for name in in_node(cluster, "ctr", "-n", "k8s.io", "images", "list", "-q").stdout.split()
        if name.startswith("mlops.local/local-path-provisioner:")
    )
    make_namespace(platform, "volume-test")
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data", "namespace": "volume-test"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}},
    }
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "writer", "namespace": "volume-test"},
        "spec": {
            "restartPolicy": "Never",
            "securityContext": {"runAsUser": 65532, "fsGroup": 65532},
            "containers": [
                {
                    "name": "writer",
                    "image": image,
                    "command": ["sh", "-c", "echo kept > /data/file && cat /data/file"],
                    "volumeMounts": [{"name": "data", "mountPath": "/data"}],
                }
            ],
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}],
        },
    }
    for thing in (claim, pod):
        platform.kubectl("apply", "-f", "-", given=json.dumps(thing))
    until(
        "the pod to succeed",
        lambda: platform.api.get("/api/v1/namespaces/volume-test/pods/writer")["status"].get("phase") == "Succeeded",
        seconds=60,
        why_not=lambda: "; ".join(diagnose(platform.api)),
    )
    assert platform.kubectl("logs", "writer", "--namespace", "volume-test").stdout == "kept\n"
    platform.kubectl("delete", "namespace", "volume-test")


def test_a_pod_that_cannot_start_is_diagnosed_by_its_own_reason(cluster: Instance) -> None:
    platform = Platform(cluster, "")
    make_namespace(platform, "diagnose-test")
    platform.kubectl("run", "lost", "--image=mlops.local/nothing:0", "--namespace", "diagnose-test")
    [found] = until(
        "the reason",
        lambda: [reason for reason in diagnose(platform.api) if "mlops.local/nothing:0" in reason],
        seconds=60,
    )
    assert found.startswith("diagnose-test/lost: ")
    assert "pull" in found
    platform.kubectl("delete", "namespace", "diagnose-test")


@pytest.fixture
def second(cluster: Instance, tmp_path: Path) -> Iterator[tuple[Instance, HostState]]:
    """Another instance beside the test suite's, and the host before it was started."""
    assert node_pid(cluster)
    before = HostState.look()
    instance = open_instance(tmp_path, "second")
    yield instance, before
    stop_node(instance)


def start(instance: Instance) -> Cluster:
    cache = cache_root()
    toolchain, root = toolchain_folder(cache), node_root_folder(cache)
    images = build_images(cache, toolchain, root, Progress())
    needed = {key: images[key] for key in ("pause", "coredns", "metricsServer", "localPathProvisioner")}
    return start_cluster(instance, root, toolchain, needed, Progress())


def test_a_killed_node_leaves_no_trace_and_its_objects_survive(
    second: tuple[Instance, HostState], cluster: Instance
) -> None:
    instance, before = second
    assert instance.slot != cluster.slot
    start(instance)
    beside = Platform(instance, "")
    beside.kubectl("create", "configmap", "kept", "--from-literal=key=value")

    pid = node_pid(instance)
    assert pid
    os.kill(pid, signal.SIGKILL)
    until("the node to be gone", lambda: node_pid(instance) is None)
    stop_node(instance)
    assert HostState.look().differences(before) == []

    again = start(instance)
    assert again.get("/api/v1/namespaces/default/configmaps/kept")["data"] == {"key": "value"}
    assert Cluster(cluster.kubeconfig).is_up()
    assert stop_node(instance)
    assert HostState.look().differences(before) == []
