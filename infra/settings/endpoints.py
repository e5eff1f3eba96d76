"""Where clients on AWS reach the platform."""

from typing import Annotated

from pydantic import Field, StringConstraints

from infra.settings.account import Arn
from infra.settings.base import SettingsModel
from infra.settings.network import Cidr

HostName = Annotated[str, StringConstraints(pattern=r"^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$")]


class EndpointsSettings(SettingsModel):
    """Internal load balancers speak TLS only, with this certificate; names in DNS are the account's own business."""

    certificate: Annotated[Arn, Field(description="ARN of an ACM certificate for both names")]
    clients: Annotated[
        tuple[Cidr, ...], Field(description="ranges that may call both besides the VPC: peered networks, a VPN")
    ] = ()
    tracking_host: HostName
    serving_host: HostName
