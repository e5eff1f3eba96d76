"""What an EC2 instance leaves to pods, by the formulas of EKS' own node images. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# What the kubelet keeps free of memory, MiB.
_EVICTION = 100
# Of the memory that EC2 names, hypervisor and kernel take a part that differs by type; Karpenter assumes this one.
_OVERHEAD = 0.075


@dataclass(frozen=True)
class InstanceSize:
    """`memory` is MiB as EC2 names it."""

    vcpus: int
    memory: int
    pods: int
    gpus: int = 0

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> InstanceSize:
        """From an entry of EC2's DescribeInstanceTypes."""
        network = described["NetworkInfo"]
        # An address of each interface is the interface's own; two pods use the node's.
        pods = network["MaximumNetworkInterfaces"] * (network["Ipv4AddressesPerInterface"] - 1) + 2
        gpus = sum(gpu["Count"] for gpu in (described.get("GpuInfo") or {}).get("Gpus", ()))
        return cls(described["VCpuInfo"]["DefaultVCpus"], described["MemoryInfo"]["SizeInMiB"], pods, gpus)

    @property
    def cpu(self) -> str:
        """Of the first core 6 % are the node's own, of the second 1 %, of the next two 0.5 %, of all others 0.25 %."""
        shares = [60.0, 10.0, 5.0, 5.0] + [2.5] * max(self.vcpus - 4, 0)
        return f"{int(self.vcpus * 1000 - sum(shares[: self.vcpus]))}m"

    @property
    def room(self) -> str:
        """Memory for pods."""
        return f"{int(self.memory * (1 - _OVERHEAD)) - 255 - 11 * self.pods - _EVICTION}Mi"
