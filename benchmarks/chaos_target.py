"""Whether this platform may be broken, and how its pods die."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.cluster.client import Cluster
from local.cluster.instance import Instance
from local.errors import LocalError
from tests.support.faults import kill

OWN = ("KUBECONFIG", "MLFLOW_TRACKING_URI")


def allowed(name: str, instance: Instance | None, api: str, environment: Mapping[str, str]) -> Instance:
    """The instance, when it is one of this machine and nothing points anywhere else. Pure; raises LocalError.

    `api` is the address in the instance's kubeconfig.
    """
    if instance is None:
        raise LocalError(
            f"{name!r} is no instance of this machine, and only such a one may be broken: "
            f"`make up INSTANCE={name}` makes it"
        )
    if f"//{instance.node_address}:" not in api:
        raise LocalError(
            f"the kubeconfig of {name!r} leads to {api}, which is not its node, {instance.node_address}: only an "
            "instance of this machine may be broken"
        )
    kubeconfig = environment.get("KUBECONFIG")
    if kubeconfig and Path(kubeconfig) != instance.kubeconfig:
        raise LocalError(
            f"KUBECONFIG is {kubeconfig}, which is another cluster than {name!r}: unset it, or name its instance"
        )
    tracking = environment.get("MLFLOW_TRACKING_URI")
    if tracking and f"//{instance.node_address}:" not in tracking:
        raise LocalError(
            f"MLFLOW_TRACKING_URI is {tracking}, which is another platform than {name!r}: unset it, "
            "or name its instance"
        )
    return instance


@dataclass(frozen=True)
class Pod:
    """One pod of a workload, with how often its containers were started again."""

    uid: str
    name: str
    ready: bool
    restarts: int


@dataclass(frozen=True)
class Victim:
    """Pods of one workload; `most` of them are killed at once."""

    namespace: str
    labels: Mapping[str, str]
    most: int = 1000

    def pods(self, cluster: Cluster) -> list[Pod]:
        selector = ",".join(f"{key}%3D{value}" for key, value in self.labels.items())
        items = cluster.items(f"/api/v1/namespaces/{self.namespace}/pods?labelSelector={selector}")
        return [_pod(one) for one in items if not one["metadata"].get("deletionTimestamp")]

    def kill(self, cluster: Cluster) -> list[Pod]:
        """`kill -9` of every process of the pods → who they were."""
        there = [one for one in self.pods(cluster) if one.ready][: self.most]
        assert kill(one.uid for one in there), f"nothing of {self.labels} runs"
        return there

    def whole(self, cluster: Cluster, killed: list[Pod]) -> bool:
        """Whether all are ready: who was killed as a container that was started anew, or as another pod."""
        before = {one.uid: one.restarts for one in killed}
        now = self.pods(cluster)
        return bool(now) and all(one.ready and one.restarts > before.get(one.uid, -1) for one in now)


def _pod(item: dict[str, Any]) -> Pod:
    states = item["status"].get("containerStatuses", [])
    conditions = {one["type"]: one["status"] for one in item["status"].get("conditions", [])}
    return Pod(
        item["metadata"]["uid"], item["metadata"]["name"], conditions.get("Ready") == "True",
        sum(one["restartCount"] for one in states),
    )  # fmt: skip


def environment() -> dict[str, str]:
    """What could lead elsewhere."""
    return {name: os.environ[name] for name in OWN if name in os.environ}
