"""`make up`: from nothing, or from wherever the last run stopped, to a platform that answers predictions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.cluster.client import Cluster
from local.cluster.cluster import diagnose, start_cluster
from local.cluster.instance import Instance
from local.cluster.node_root import build_node_root
from local.cluster.registry import locked, open_instance
from local.cluster.wait import until
from local.images.build import build_images
from local.images.image import Image
from local.platform.engine import Engine, summary
from local.platform.first_model import ensure_champion, show_prediction
from local.platform.machine import ready_machine
from local.platform.stack_config import read_committed, write_config
from local.progress import Progress
from local.toolchain.build import build_toolchain

NAMESPACES = ("ml-platform", "ml-training", "ml-monitoring", "ml-serving")
# Images of the cluster's own add-ons.
NODE_IMAGES = {"coredns", "localPathProvisioner", "metricsServer", "pause"}


def up(cache: Path, name: str, progress: Progress) -> None:
    """Brings instance `name` up and pushes a real model through it. Every step leaves what is already there alone."""
    with progress.step("checking the machine"):
        ready_machine(cache, progress)
    with locked(cache, name):
        instance, toolchain = _base(cache, name, progress)
        engine = Engine(instance.folder, toolchain)
        given = read_committed()["config"].get("mlops:cluster", {})
        if "kubeconfig" in given:
            progress("the stack's settings name a cluster: none is started and none of our images is built")
            cluster, own = Cluster(Path(given["kubeconfig"]), given.get("context")), {}
        else:
            cluster, images = _one_node(cache, instance, toolchain, progress)
            own = _own_settings(instance, images)
        with progress.step("pulumi up"):
            engine.prepare()
            write_config(engine, given.get("nodeAddress", instance.node_address), own)
            lines = engine.follow("up", "--yes", "--skip-preview", show=lambda line: progress(f"  {line}"))
        progress(f"pulumi: {summary(lines) or 'nothing to do'}")
        _write_outputs(engine)
        with progress.step("workloads"):
            _await_workloads(cluster, NAMESPACES[:3], progress)
        with progress.step("champion"):
            ensure_champion(instance, progress)
            _await_workloads(cluster, NAMESPACES, progress)
        show_prediction(instance, progress)


def bring_up_cluster(cache: Path, name: str, progress: Progress) -> None:
    """Brings up only the instance's one-node cluster, with every image in it."""
    ready_machine(cache, progress)
    with locked(cache, name):
        instance, toolchain = _base(cache, name, progress)
        _one_node(cache, instance, toolchain, progress)


def _base(cache: Path, name: str, progress: Progress) -> tuple[Instance, Path]:
    with progress.step("toolchain"):
        toolchain = build_toolchain(cache, progress)
    return open_instance(cache, name), toolchain


def _one_node(cache: Path, instance: Instance, toolchain: Path, progress: Progress) -> tuple[Cluster, dict[str, Image]]:
    with progress.step("node"):
        root = build_node_root(cache, progress)
    with progress.step("images"):
        images = build_images(cache, toolchain, root, progress)
    with progress.step("cluster"):
        return start_cluster(instance, root, toolchain, images, progress), images


def _own_settings(instance: Instance, images: Mapping[str, Image]) -> dict[str, dict[str, str]]:
    """What the committed stack file leaves open on one machine."""
    used_by_stack = images.keys() - NODE_IMAGES
    return {
        "mlops:cluster": {
            "kubeconfig": str(instance.kubeconfig),
            "context": "mlops",
            "nodeAddress": instance.node_address,
        },
        "mlops:images": {key: images[key].reference for key in sorted(used_by_stack)},
    }


def _await_workloads(cluster: Cluster, namespaces: Sequence[str], progress: Progress) -> None:
    until(
        f"the workloads of {', '.join(namespaces)}",
        lambda: not _unready(cluster, namespaces),
        seconds=300,
        why_not=lambda: "; ".join(diagnose(cluster) or _unready(cluster, namespaces)),
        report=progress,
    )


def _write_outputs(engine: Engine) -> None:
    outputs = json.loads(engine.run("stack", "output", "--json", "--show-secrets"))
    target = engine.folder / "outputs.json"
    target.touch(mode=0o600)
    target.write_text(json.dumps(outputs, indent=1))
    (engine.folder / "ca.crt").write_text(outputs["caCertificate"])


def _unready(cluster: Cluster, namespaces: Sequence[str]) -> list[str]:
    """Deployments and StatefulSets with fewer ready pods of their present version than wanted."""
    short = []
    for namespace in namespaces:
        for kind in ("deployments", "statefulsets"):
            for item in cluster.items(f"/apis/apps/v1/namespaces/{namespace}/{kind}"):
                wanted, status = item["spec"]["replicas"], item["status"]
                ready = min(status.get("readyReplicas", 0), status.get("updatedReplicas", 0))
                if ready < wanted or status.get("observedGeneration", 0) < item["metadata"]["generation"]:
                    short.append(f"{namespace}/{item['metadata']['name']}: {ready} of {wanted} ready")
    return short
