"""`make up`: from nothing, or from wherever the last run stopped, to a platform that answers predictions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from infra.settings.load import check
from infra.settings.refusal import SettingsRefusedError
from local.cluster.client import Cluster
from local.cluster.cluster import diagnose, start_cluster
from local.cluster.images import remove_superseded
from local.cluster.instance import Instance
from local.cluster.node_root import build_node_root, node_root_folder
from local.cluster.registry import locked, open_instance
from local.cluster.wait import until
from local.errors import LocalError
from local.images.build import build_images
from local.images.image import Image
from local.images.prune import images_in_use, prune_images
from local.platform.engine import GUARDRAILS, Engine, engine_tools, summary
from local.platform.first_model import Mlops, ensure_champion, show_prediction
from local.platform.machine import ready_machine
from local.platform.stack_config import read_committed, served_model, write_config
from local.platform.target import NAMESPACES, client_kubeconfig, names_a_cluster, target_of
from local.progress import Progress
from local.toolchain.build import build_toolchain
from local.toolchain.tools import PLATFORM

UP = ("up", "--yes", "--skip-preview", *GUARDRAILS)
ADDRESSES = ("trackingUri", "storeEndpoint", "databaseHost", "servingUrl", "prometheusUrl", "alertmanagerUrl")
# Images of the cluster's own add-ons.
NODE_IMAGES = {"coredns", "localPathProvisioner", "metricsServer", "pause"}
_CONTAINERS = ("initContainers", "containers")
# Programs of the node and of the images; the engine is asked for apart.
NODE_TOOLS = tuple(tool.name for tool in PLATFORM if tool.name != "pulumi")


def up(cache: Path, name: str, progress: Progress, *, bare: bool = False) -> None:
    """Brings instance `name` up and pushes a real model through it. Every step leaves what is already there alone.

    `bare`: without a model, to be restored into; its model servers get ready when the registry has a champion again.
    """
    committed = read_committed()
    _check_settings(committed["config"])
    ours = not names_a_cluster(committed)
    with progress.step("checking the machine"):
        ready_machine(cache, progress, node=ours)
    with locked(cache, name):
        instance = open_instance(cache, name)
        target = target_of(committed, instance)
        with progress.step("toolchain"):
            toolchain = build_toolchain(cache, progress, engine_tools() + (NODE_TOOLS if ours else ()))
        engine = Engine(instance.folder, toolchain)
        if ours:
            cluster, images = _one_node(cache, instance, toolchain, progress)
            own = _own_images(images)
        else:
            progress(f"the stack's settings name {target}: none is started and none of our images is built")
            cluster, images, own = target.connect(), {}, {}
            if not cluster.is_up():
                raise LocalError(f"{target} does not answer at {cluster.address}")
        with progress.step("pulumi up"):
            engine.prepare()
            config = write_config(engine, target, own)
            lines = engine.follow(*UP, show=lambda line: progress(f"  {line}"))
        progress(f"pulumi: {summary(lines) or 'nothing to do'}")
        outputs = _write_outputs(engine)
        mlops = Mlops(instance, client_kubeconfig(target, instance))
        with progress.step("workloads"):
            _await_workloads(cluster, NAMESPACES[:3], progress)
        if not bare:
            with progress.step("champion"):
                ensure_champion(mlops, *served_model(config), progress)
                _await_workloads(cluster, NAMESPACES, progress)
            show_prediction(mlops, progress)
        if ours:
            _remove_superseded(cache, instance, cluster, images, progress)
        for output in ADDRESSES:
            progress(f"{output:<16} {outputs[output]}")


def bring_up_cluster(cache: Path, name: str, progress: Progress) -> None:
    """Brings up only the instance's one-node cluster, with every image in it."""
    if names_a_cluster(read_committed()):
        progress("the stack's settings name a cluster: none is started")
        return
    ready_machine(cache, progress)
    with locked(cache, name):
        instance = open_instance(cache, name)
        with progress.step("toolchain"):
            toolchain = build_toolchain(cache, progress, engine_tools() + NODE_TOOLS)
        _one_node(cache, instance, toolchain, progress)


def _one_node(cache: Path, instance: Instance, toolchain: Path, progress: Progress) -> tuple[Cluster, dict[str, Image]]:
    with progress.step("node"):
        root = build_node_root(cache, progress)
    with progress.step("images"):
        images = build_images(cache, toolchain, root, progress)
    with progress.step("cluster"):
        return start_cluster(instance, root, toolchain, images, progress), images


def _own_images(images: Mapping[str, Image]) -> dict[str, dict[str, str]]:
    """What the committed stack file leaves open on one machine."""
    used_by_stack = images.keys() - NODE_IMAGES
    return {"mlops:images": {key: images[key].reference for key in sorted(used_by_stack)}}


def _await_workloads(cluster: Cluster, namespaces: Sequence[str], progress: Progress) -> None:
    until(
        f"the workloads of {', '.join(namespaces)}",
        lambda: not _unready(cluster, namespaces),
        seconds=300,
        why_not=lambda: "; ".join(diagnose(cluster, namespaces) or _unready(cluster, namespaces)),
        report=progress,
    )


def _write_outputs(engine: Engine) -> dict[str, str]:
    outputs: dict[str, str] = json.loads(engine.run("stack", "output", "--json", "--show-secrets"))
    target = engine.folder / "outputs.json"
    target.touch(mode=0o600)
    target.write_text(json.dumps(outputs, indent=1))
    (engine.folder / "ca.crt").write_text(outputs["caCertificate"])
    return outputs


def _check_settings(config: Mapping[str, Any]) -> None:
    """Refuses settings now that the stack would refuse after everything has been built."""
    try:
        check(config)
    except SettingsRefusedError as error:
        raise LocalError(str(error)) from None


def _remove_superseded(
    cache: Path, instance: Instance, cluster: Cluster, images: Mapping[str, Image], progress: Progress
) -> None:
    """Removes images that newer ones have replaced, from the node and the cache; last, when nothing runs on them."""
    pods = [pod["spec"] for pod in cluster.items("/api/v1/pods")]
    running = {container["image"] for pod in pods for kind in _CONTAINERS for container in pod.get(kind, ())}
    gone = remove_superseded(instance, {image.reference for image in images.values()} | running)
    gone += prune_images(cache, node_root_folder(cache), images_in_use(cache, list(images.values())))
    if gone:
        progress(f"removed {len(gone)} superseded images and archives")


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
