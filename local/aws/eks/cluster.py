"""The Kubernetes that stands in for EKS where the AWS stacks are brought up against emulators.

API server, controller manager, scheduler and etcd are real; nodes, containers, load balancers and volumes are pretended
by kwok. Users are IAM principals, as `webhook` tells. It has no DNS, no network and no images, does not enforce
NetworkPolicies, and forgets everything when it ends.
"""

from __future__ import annotations

import base64
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.aws.eks.access import Access
from local.aws.eks.etc import WEBHOOK_PORT, write_simulated_etc
from local.aws.eks.node_groups import NodeGroups, follow
from local.aws.eks.nodes import THREE_ZONES, SimulatedNode, manifests
from local.aws.eks.webhook import webhook
from local.cluster.client import Cluster
from local.cluster.diagnose import condition
from local.cluster.instance import Instance
from local.cluster.node import start_node, stop_node
from local.cluster.node_root import build_node_root
from local.cluster.registry import find_instance, locked, open_instance
from local.cluster.wait import until
from local.errors import LocalError
from local.platform.machine import ready_machine
from local.toolchain.build import build_toolchain

PROGRAMS = ("kubernetes", "kwok")


@dataclass(frozen=True)
class EksCluster:
    """A running cluster."""

    instance: Instance
    toolchain: Path

    @property
    def endpoint(self) -> str:
        """URL of the API server."""
        return f"https://{self.instance.node_address}:6443"

    @property
    def ca(self) -> str:
        """The API server's authority, PEM."""
        return (self.instance.folder / "etc" / "pki" / "ca.crt").read_text()

    @property
    def kubeconfig(self) -> Path:
        """Kubeconfig of an administrator that needs no AWS."""
        return self.instance.kubeconfig

    @property
    def api(self) -> Cluster:
        """Reads the cluster as that administrator."""
        return Cluster(self.kubeconfig)

    @property
    def environment(self) -> dict[str, str]:
        """What the AWS plugin must be told to put into the outputs of an `aws.eks.Cluster`."""
        return {"MLOPS_EKS_ENDPOINT": self.endpoint, "MLOPS_EKS_CA": base64.b64encode(self.ca.encode()).decode()}

    def kubectl(self, *arguments: str, given: str | None = None) -> str:
        """Runs kubectl as that administrator and returns what it says."""
        command = [str(self.toolchain / "kubernetes"), "kubectl", f"--kubeconfig={self.kubeconfig}", *arguments]
        done = subprocess.run(command, input=given, text=True, capture_output=True)
        if done.returncode:
            raise LocalError(f"kubectl {' '.join(arguments)} failed: {done.stderr.strip()}")
        return done.stdout


@contextmanager
def eks_cluster(
    cache: Path,
    report: Callable[[str], None],
    *,
    access: Access,
    secrets: Mapping[str, str],
    instance: str = "eks",
    nodes: Sequence[SimulatedNode] | NodeGroups = THREE_ZONES,
) -> Iterator[EksCluster]:
    """Runs a cluster for as long as the block lasts.

    `access` says what it is called and who may use it, `secrets` holds the secret of each access key that may ask,
    `instance` names its folder and its addresses on this machine. `nodes` are there from the start, or come and go with
    the node groups of the emulated EKS.
    """
    ready_machine(cache, report)
    root = build_node_root(cache, report)
    toolchain = build_toolchain(cache, report, PROGRAMS)
    with locked(cache, instance):
        _remove(cache, instance)
        cluster = EksCluster(open_instance(cache, instance), toolchain)
        try:
            _start_programs(cluster, root)
            with webhook((cluster.instance.host_address, WEBHOOK_PORT), access, secrets, report):
                _await_controllers(cluster.api, report)
                if isinstance(nodes, NodeGroups):
                    with follow(nodes, cluster.kubectl, report):
                        yield cluster
                else:
                    _make_nodes(cluster, nodes, report)
                    yield cluster
        finally:
            _remove(cache, instance)


def _start_programs(cluster: EksCluster, root: Path) -> None:
    instance = cluster.instance
    write_simulated_etc(instance)
    images = instance.folder / "images"
    images.mkdir()
    start_node(instance, root, images, cluster.toolchain, PROGRAMS)


def _await_controllers(api: Cluster, report: Callable[[str], None]) -> None:
    until("the API server", api.is_up, seconds=60, report=report)
    # The controllers' first deeds; without an account no pod is admitted.
    until("the service account", lambda: api.get("/api/v1/namespaces/default/serviceaccounts/default"), report=report)


def _make_nodes(cluster: EksCluster, nodes: Sequence[SimulatedNode], report: Callable[[str], None]) -> None:
    api = cluster.api
    cluster.kubectl("create", "-f", "-", given=manifests(nodes))
    until(
        "the simulated nodes to be ready",
        lambda: all(condition(api.get(f"/api/v1/nodes/{node.name}"), "Ready") for node in nodes),
        report=report,
    )


def _remove(cache: Path, name: str) -> None:
    """Ends what runs under the instance's name and forgets it."""
    left = find_instance(cache, name)
    if left:
        stop_node(left)
        shutil.rmtree(left.folder)
