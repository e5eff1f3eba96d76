"""Which nodes a cluster has, from its settings. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from infra.settings.eks import NodePoolSettings, NodesSettings

SERVING = "serving"
TRAINING = "training"
GPU = "gpu"


@dataclass(frozen=True)
class Image:
    """What a node boots: EKS' name for it, and its disks with fixed sizes in GiB; None is the size of the settings."""

    ami_type: str
    disks: Mapping[str, int | None]


AL2023 = Image("AL2023_x86_64_STANDARD", {"/dev/xvda": None})
# AL2023 for GPUs has the driver only; without a device plugin, which this one has, Kubernetes sees no GPU. Its system
# has a disk of its own; images and scratch space are on the second.
BOTTLEROCKET_NVIDIA = Image("BOTTLEROCKET_x86_64_NVIDIA", {"/dev/xvda": 4, "/dev/xvdb": None})


@dataclass(frozen=True)
class Pool:
    """Nodes of one kind. Nothing runs on nodes that are `reserved` but what tolerates it."""

    name: str
    settings: NodePoolSettings
    image: Image = AL2023
    reserved: bool = True

    @property
    def capacity_type(self) -> str:
        """EKS' word for how the nodes are paid."""
        return {"onDemand": "ON_DEMAND", "spot": "SPOT"}[self.settings.capacity]

    @property
    def disks(self) -> dict[str, int]:
        """Size in GiB of each disk by its device."""
        return {device: self.settings.disk if size is None else size for device, size in self.image.disks.items()}


def pools(nodes: NodesSettings) -> list[Pool]:
    """Every pool. That of serving takes whatever no other is for: platform, monitoring, add-ons."""
    return [
        Pool(SERVING, nodes.serving, reserved=False),
        Pool(TRAINING, nodes.training),
        *([] if nodes.gpu is None else [Pool(GPU, nodes.gpu, BOTTLEROCKET_NVIDIA)]),
    ]
