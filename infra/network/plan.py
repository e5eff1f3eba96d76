"""Which addresses each zone gets. Pure.

A zone's ranges follow from its letter alone, so that a zone added or removed moves no other: a subnet that moves is
replaced with everything in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Literal

Nat = Literal["none", "single", "perZone"]

# AWS has no region with more zones for an account than these.
LETTERS = "abcdef"
# An eighth of the range for the private subnet of each letter; the last two eighths are cut into eight again.
_EIGHTHS = 3
_DATABASES, _PUBLIC = 6, 7


@dataclass(frozen=True)
class ZonePlan:
    """The ranges of one zone. `public` is used only where a NAT gateway stands, but is kept free for it."""

    zone: str
    private: str
    database: str
    public: str


@dataclass(frozen=True)
class NetworkPlan:
    """The ranges of a VPC, zones in alphabetical order."""

    cidr: str
    zones: tuple[ZonePlan, ...]

    @property
    def private_cidrs(self) -> tuple[str, ...]:
        return tuple(zone.private for zone in self.zones)

    @property
    def database_cidrs(self) -> tuple[str, ...]:
        return tuple(zone.database for zone in self.zones)


def plan(cidr: str, zones: Sequence[str]) -> NetworkPlan:
    """Ranges for every zone, whatever their order. `cidr` is a /16 to /20: a /20 leaves 59 addresses to a database."""
    eighths = list(IPv4Network(cidr).subnets(_EIGHTHS))
    databases = list(eighths[_DATABASES].subnets(_EIGHTHS))
    public = list(eighths[_PUBLIC].subnets(_EIGHTHS))

    def of(zone: str) -> ZonePlan:
        index = LETTERS.index(zone[-1])
        return ZonePlan(zone, str(eighths[index]), str(databases[index]), str(public[index]))

    return NetworkPlan(cidr, tuple(of(zone) for zone in sorted(zones)))


def ways_out(zones: Sequence[str], nat: Nat) -> Mapping[str, str]:
    """By zone, the zone of the NAT gateway that its traffic to the internet takes."""
    if nat == "none":
        return {}
    return {zone: min(zones) if nat == "single" else zone for zone in zones}
