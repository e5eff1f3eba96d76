"""The nodes that are only pretended. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class SimulatedNode:
    """A node that the scheduler takes for real. `taints` are Kubernetes' own: key, value and effect."""

    name: str
    zone: str = "a"
    cpu: str = "8"
    memory: str = "32Gi"
    pods: int = 110
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: Sequence[Mapping[str, str]] = ()
    devices: Mapping[str, str] = field(default_factory=dict)

    @property
    def manifest(self) -> dict[str, Any]:
        """The Node object as a kubelet would register it."""
        room = {"cpu": self.cpu, "memory": self.memory, "pods": str(self.pods), "ephemeral-storage": "80Gi"}
        room |= self.devices
        labels = {
            "kubernetes.io/arch": "amd64",
            "kubernetes.io/hostname": self.name,
            "kubernetes.io/os": "linux",
            "topology.kubernetes.io/zone": self.zone,
        }
        return {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": self.name, "labels": labels | dict(self.labels)},
            "spec": {"taints": [dict(taint) for taint in self.taints]},
            "status": {"capacity": room, "allocatable": room},
        }


def manifests(nodes: Iterable[SimulatedNode]) -> str:
    """The nodes as kubectl reads them."""
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": [node.manifest for node in nodes]})


# One in each of three zones, so that spreading and anti-affinity have something to decide.
THREE_ZONES = tuple(SimulatedNode(f"node-{zone}", zone) for zone in "abc")
