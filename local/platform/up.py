"""`make up`: from nothing, or from wherever the last run stopped, to a platform that answers predictions."""

from __future__ import annotations

import json
from pathlib import Path

from local.cluster.client import Cluster
from local.cluster.cluster import diagnose, start_cluster
from local.cluster.instance import Instance
from local.cluster.node_root import build_node_root
from local.cluster.registry import locked, open_instance
from local.cluster.wait import until
from local.images.build import build_images
from local.platform.engine import Engine, summary
from local.platform.first_model import ensure_champion, show_prediction
from local.platform.machine import ready_machine
from local.platform.stack_config import read_committed, write_config
from local.progress import Progress
from local.toolchain.build import build_toolchain

NAMESPACES = ("ml-platform", "ml-training", "ml-monitoring", "ml-serving")


def up(cache: Path, name: str, progress: Progress) -> None:
    """Brings instance `name` up and pushes a real model through it. Every step leaves what is already there alone."""
    with progress.step("checking the machine"):
        ready_machine(cache, progress)
    with locked(cache, name):
        with progress.step("toolchain"):
            toolchain = build_toolchain(cache, progress)
        instance = open_instance(cache, name)
        engine = Engine(instance.folder, toolchain)
        committed = read_committed()["config"]
        if "kubeconfig" in committed.get("mlops:cluster", {}):
            progress("the stack's settings name a cluster: none is started, none of our images is built")
            own: dict[str, dict[str, str]] = {}
            cluster = Cluster(Path(committed["mlops:cluster"]["kubeconfig"]), committed["mlops:cluster"].get("context"))
        else:
            own, cluster = _one_node(cache, instance, toolchain, progress)
        with progress.step("pulumi up"):
            engine.prepare()
            write_config(engine, committed.get("mlops:cluster", {}).get("nodeAddress", instance.node_address), own)
            lines = engine.follow("up", "--yes", "--skip-preview", show=lambda line: progress(f"  {line}"))
        progress(f"pulumi: {summary(lines) or 'nothing to do'}")
        _write_outputs(engine)
        with progress.step("workloads"):
            until("the workloads to be ready", lambda: not _unready(cluster), seconds=300,
                  why_not=lambda: "; ".join(diagnose(cluster) or _unready(cluster)), report=progress)  # fmt: skip
        with progress.step("champion"):
            ensure_champion(instance, progress)
            until("the model server", lambda: not _unready(cluster, ("ml-serving",)), seconds=120,
                  why_not=lambda: "; ".join(diagnose(cluster)), report=progress)  # fmt: skip
        show_prediction(instance, progress)


def _one_node(
    cache: Path, instance: Instance, toolchain: Path, progress: Progress
) -> tuple[dict[str, dict[str, str]], Cluster]:
    with progress.step("node"):
        root = build_node_root(cache, progress)
    with progress.step("images"):
        images = build_images(cache, toolchain, root, progress)
    with progress.step("cluster"):
        archives = {key: (image.reference, image.archive) for key, image in images.items()}
        cluster = start_cluster(instance, root, toolchain, archives, progress)
    wanted = ("postgres", "store", "tracking", "jobs", "serving", "prometheus", "alertmanager", "kubeStateMetrics")
    own = {
        "mlops:cluster": {
            "kubeconfig": str(instance.kubeconfig),
            "context": "mlops",
            "nodeAddress": instance.node_address,
        },
        "mlops:images": {key: images[key].reference for key in wanted},
    }
    return own, cluster


def _write_outputs(engine: Engine) -> None:
    outputs = json.loads(engine.run("stack", "output", "--json", "--show-secrets"))
    target = engine.folder / "outputs.json"
    target.touch(mode=0o600)
    target.write_text(json.dumps(outputs, indent=1))
    (engine.folder / "ca.crt").write_text(outputs["caCertificate"])


def _unready(cluster: Cluster, namespaces: tuple[str, ...] = NAMESPACES[:3]) -> list[str]:
    """Deployments and StatefulSets of ours with fewer ready pods than wanted."""
    short = []
    for namespace in namespaces:
        for kind in ("deployments", "statefulsets"):
            for item in cluster.items(f"/apis/apps/v1/namespaces/{namespace}/{kind}"):
                wanted, ready = item["spec"]["replicas"], item["status"].get("readyReplicas", 0)
                if ready < wanted or item["status"].get("observedGeneration", 0) < item["metadata"]["generation"]:
                    short.append(f"{namespace}/{item['metadata']['name']}: {ready} of {wanted} ready")
    return short
