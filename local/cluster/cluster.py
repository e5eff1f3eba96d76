"""Start, stop and look at the one-node cluster of an instance."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from local.cluster.addons import DEPLOYMENTS, apply_addons
from local.cluster.client import Cluster
from local.cluster.diagnose import condition, is_settled, owner_reasons, pod_reason
from local.cluster.dns import resolve
from local.cluster.etc import write_etc
from local.cluster.images import import_images
from local.cluster.instance import Instance
from local.cluster.node import node_pid, start_node
from local.cluster.wait import until
from local.errors import LocalError
from local.images.image import Image

Report = Callable[[str], None]
API_NAME = "kubernetes.default.svc.cluster.local"


def start_cluster(
    instance: Instance,
    root: Path,
    toolchain: Path,
    images: Mapping[str, Image],
    report: Report,
) -> Cluster:
    """Brings the cluster up, or finds it up; returns when its node is ready and its add-ons answer."""
    references = {name: image.reference for name, image in images.items()}
    if node_pid(instance) is None:
        write_etc(instance, references["pause"])
        start_node(instance, root, images["pause"].archive.parent, toolchain)
    import_images(instance, images.values(), report)
    cluster = Cluster(instance.kubeconfig)
    until(
        "the API server",
        cluster.is_up,
        seconds=90,
        why_not=lambda: _last_lines(instance, "kube-apiserver"),
        report=report,
    )
    node_path = f"/api/v1/nodes/{instance.node_name}"
    until(
        "the node to be ready",
        lambda: condition(cluster.get(node_path), "Ready"),
        seconds=90, why_not=lambda: _last_lines(instance, "kubelet"), report=report,
    )  # fmt: skip
    apply_addons(instance, toolchain, references)
    deployments = [f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}" for namespace, name in DEPLOYMENTS]
    until(
        f"{', '.join(name for _, name in DEPLOYMENTS)}",
        lambda: all(condition(cluster.get(path), "Available") for path in deployments),
        seconds=120, why_not=lambda: "; ".join(diagnose(cluster)), report=report,
    )  # fmt: skip
    # An available CoreDNS is not yet reachable: kube-proxy writes the rules of its Service a moment later.
    until(
        "the cluster's DNS to answer at its Service",
        lambda: resolve(instance.dns_address, API_NAME) == instance.api_service_address,
        report=report,
    )
    return cluster


def diagnose(cluster: Cluster, namespaces: Collection[str] = ()) -> list[str]:
    """Why anything in the namespaces, by default in all, does not run: a line each; empty when all is well."""
    scopes = [f"/api/v1/namespaces/{namespace}" for namespace in namespaces] or ["/api/v1"]
    found = [pod for scope in scopes for pod in cluster.items(f"{scope}/pods")]
    pods = [pod for pod in found if not is_settled(pod) and not _superseded(pod)]
    told = [event for scope in scopes for event in cluster.items(f"{scope}/events")]
    events = sorted(told, key=lambda event: event["metadata"]["creationTimestamp"])
    return [pod_reason(pod, events) for pod in pods] + (owner_reasons(events) if pods else [])


def _superseded(pod: dict[str, object]) -> bool:
    """Whether the pod is on its way out, or a failed try of a Job."""
    metadata = pod["metadata"]
    assert isinstance(metadata, dict)
    owners = metadata.get("ownerReferences", [])
    return "deletionTimestamp" in metadata or any(owner["kind"] == "Job" for owner in owners)


def _last_lines(instance: Instance, program: str) -> str:
    log = instance.logs / f"{program}.log"
    if node_pid(instance) is None:
        raise LocalError(f"the node has ended; its log: {(instance.logs / 'init.log').read_text()[-2000:]}")
    return (
        f"last lines of {log}:\n" + "\n".join(log.read_text().splitlines()[-5:])
        if log.exists()
        else "it has not started"
    )
