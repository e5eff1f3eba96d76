"""The EKS cluster and its nodes."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from infra.settings.account import Arn
from infra.settings.base import SettingsModel
from infra.settings.log_days import LogDays
from infra.settings.network import Cidr

InstanceType = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*\.[a-z0-9-]+$")]


class NodePoolSettings(SettingsModel):
    """Nodes of one kind. Spot nodes may be taken away with two minutes' notice: for work that is tried again."""

    instance_types: Annotated[tuple[InstanceType, ...], Field(min_length=1, max_length=20)]
    min_nodes: Annotated[int, Field(ge=0, le=450)]
    max_nodes: Annotated[int, Field(ge=1, le=450)]
    capacity: Literal["onDemand", "spot"] = "onDemand"
    disk: Annotated[int, Field(ge=20, le=16384, description="GiB")] = 80


class NodesSettings(SettingsModel):
    """`serving` also carries platform and monitoring; `gpu` is for training jobs that ask for one."""

    serving: NodePoolSettings
    training: NodePoolSettings
    gpu: NodePoolSettings | None = None


class EksSettings(SettingsModel):
    """Without `publicAccess` the API is reached from inside the VPC only."""

    version: Annotated[str, StringConstraints(pattern=r"^1\.[0-9]{2}$")] = "1.35"
    public_access: Annotated[tuple[Cidr, ...], Field(description="who may reach the API from outside")] = ()
    admins: Annotated[tuple[Arn, ...], Field(min_length=1, description="IAM principals that administer the cluster")]
    log_days: LogDays = 90
    nodes: NodesSettings
