"""Nodes as the emulated EKS' node groups ask for them: a group's labels, taints, zones and instance type.

A group has its desired number of nodes, or its minimum while nothing scales it: no autoscaler is pretended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.aws.eks.instance_size import InstanceSize
from local.aws.eks.nodes import SimulatedNode, manifests
from local.errors import LocalError

POLL_SECONDS = 0.5
_EFFECTS = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute", "PREFER_NO_SCHEDULE": "PreferNoSchedule"}


@dataclass(frozen=True)
class NodeGroups:
    """The node groups of one cluster; `eks` and `ec2` are boto3 clients of the emulators."""

    cluster: str
    eks: Any
    ec2: Any

    def nodes(self) -> dict[str, SimulatedNode]:
        """Every node that the groups ask for now, by name; none while there is no cluster."""
        try:
            names = self.eks.list_nodegroups(clusterName=self.cluster)["nodegroups"]
        except self.eks.exceptions.ResourceNotFoundException:
            return {}
        groups = [
            self.eks.describe_nodegroup(clusterName=self.cluster, nodegroupName=name)["nodegroup"] for name in names
        ]
        return {node.name: node for group in groups for node in self._nodes(group)}

    def _nodes(self, group: Mapping[str, Any]) -> list[SimulatedNode]:
        # The first type is the one that EKS tries first.
        kind = group["instanceTypes"][0]
        described = self.ec2.describe_instance_types(InstanceTypes=[kind])["InstanceTypes"][0]
        subnets = self.ec2.describe_subnets(SubnetIds=group["subnets"])["Subnets"]
        zones = sorted({subnet["AvailabilityZone"] for subnet in subnets})
        return nodes_of(group, InstanceSize.of(described), zones)


def nodes_of(group: Mapping[str, Any], size: InstanceSize, zones: Sequence[str]) -> list[SimulatedNode]:
    """The nodes of one group, dealt out over its zones."""
    labels = {
        **group.get("labels", {}),
        "eks.amazonaws.com/capacityType": group["capacityType"],
        "eks.amazonaws.com/nodegroup": group["nodegroupName"],
        "node.kubernetes.io/instance-type": group["instanceTypes"][0],
    }
    taints = [
        {"key": taint["key"], "value": taint.get("value", ""), "effect": _EFFECTS[taint["effect"]]}
        for taint in group.get("taints", ())
    ]
    devices = {"nvidia.com/gpu": str(size.gpus)} if size.gpus else {}
    return [
        SimulatedNode(
            f"{group['nodegroupName'].lower()}-{number}", zones[number % len(zones)],
            cpu=size.cpu, memory=size.room, pods=size.pods, labels=labels, taints=taints, devices=devices,
        )
        for number in range(group["scalingConfig"]["desiredSize"])
    ]  # fmt: skip


@contextmanager
def follow(groups: NodeGroups, kubectl: Callable[..., str], report: Callable[[str], None]) -> Iterator[None]:
    """Makes and removes nodes as the groups change, for as long as the block lasts."""
    ended = Event()

    def run() -> None:
        present: set[str] = set()
        told = ""
        while not ended.wait(POLL_SECONDS):
            try:
                wanted = groups.nodes()
                for name in present - wanted.keys():
                    kubectl("delete", "node", name)
                    present.discard(name)
                if new := wanted.keys() - present:
                    kubectl("create", "-f", "-", given=manifests(wanted[name] for name in new))
                    present |= new
                told = ""
            except (BotoCoreError, ClientError, LocalError) as error:
                if str(error) != told:
                    report(f"eks: the node groups cannot be followed: {error}")
                told = str(error)

    thread = Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
