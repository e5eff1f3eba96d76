"""The VPC of a stack."""

from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from infra.settings.base import SettingsModel
from infra.settings.log_days import LogDays

Zone = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}-[a-z]+-[0-9][a-z]$")]


def _cidr(value: str) -> str:
    try:
        IPv4Network(value)
    except ValueError as error:
        raise ValueError(f"a range of IPv4 addresses like 10.40.0.0/16 ({error})") from None
    return value


Cidr = Annotated[str, AfterValidator(_cidr), Field(json_schema_extra={"pattern": r"^[0-9.]+/[0-9]{1,2}$"})]


class NetworkSettings(SettingsModel):
    """Everything runs in private subnets, one in each zone; a NAT gateway is only for what no VPC endpoint serves."""

    cidr: Annotated[Cidr, Field(description="a private range, /16 to /20; not one that the VPC will be peered with")]
    zones: Annotated[tuple[Zone, ...], Field(min_length=2, max_length=6)]
    nat: Annotated[Literal["none", "single", "perZone"], Field(description="gateways to the internet")] = "none"
    reserved: Annotated[
        tuple[Cidr, ...], Field(description="ranges in use elsewhere, which the VPC must not overlap")
    ] = ()
    flow_log_days: LogDays = 90
