"""The EKS cluster and its nodes."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from infra.settings.base import SettingsModel
from infra.settings.log_days import LogDays
from infra.settings.network import Cidr

# Graviton, which images built for x86-64 do not run on.
_ARM = re.compile(r"^[a-z]+[0-9]+g[a-z]*\.")


def _x86(value: str) -> str:
    if _ARM.match(value):
        raise ValueError("a type with x86-64 processors, such as m7i.large: images are built for those")
    return value


InstanceType = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*\.[a-z0-9-]+$"), AfterValidator(_x86)]
Principal = Annotated[str, StringConstraints(pattern=r"^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/.+$")]


class NodePoolSettings(SettingsModel):
    """Nodes of one kind. Spot nodes may be taken away with two minutes' notice: for work that is tried again."""

    instance_types: Annotated[tuple[InstanceType, ...], Field(min_length=1, max_length=20)]
    min_nodes: Annotated[int, Field(ge=1, le=450)]
    max_nodes: Annotated[int, Field(ge=1, le=450)]
    capacity: Literal["onDemand", "spot"] = "onDemand"
    disk: Annotated[int, Field(ge=20, le=16384, description="GiB")] = 80


class NodesSettings(SettingsModel):
    """`serving` also carries platform and monitoring; `gpu` is for training jobs that ask for one."""

    serving: NodePoolSettings
    training: NodePoolSettings
    gpu: NodePoolSettings | None = None


class EksSettings(SettingsModel):
    """Without `publicAccess` the API is reached from inside the VPC, and what it is peered with, only."""

    version: Annotated[str, StringConstraints(pattern=r"^1\.[0-9]{2}$")] = "1.35"
    public_access: Annotated[tuple[Cidr, ...], Field(description="who may reach the API from outside")] = ()
    private_access: Annotated[
        tuple[Cidr, ...], Field(description="who may reach the API inside the VPC besides nodes: runners, a VPN")
    ] = ()
    admins: Annotated[
        tuple[Principal, ...],
        Field(min_length=1, description="roles and users that administer the cluster; whoever runs updates is one"),
    ]
    log_days: LogDays = 90
    nodes: NodesSettings
