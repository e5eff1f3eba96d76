"""What must hold between the settings of a network. Pure: settings in, problems out."""

from collections.abc import Iterator
from ipaddress import IPv4Network

from infra.network.plan import LETTERS
from infra.settings.network import NetworkSettings
from infra.settings.problem import Problem

LARGEST, SMALLEST = 16, 20
PRIVATE = tuple(IPv4Network(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
# SageMaker uses this range itself: a VPC with it cannot be reached from there.
TAKEN_BY_AWS = IPv4Network("172.17.0.0/16")


def network_problems(settings: NetworkSettings) -> Iterator[Problem]:
    """Every broken invariant of the ranges."""
    cidr = IPv4Network(settings.cidr)
    if not LARGEST <= cidr.prefixlen <= SMALLEST:
        yield Problem(
            "network.cidr",
            settings.cidr,
            f"a range between /{LARGEST}, the largest for a VPC, and /{SMALLEST}, which leaves a zone 507 addresses",
        )
    if not any(cidr.subnet_of(private) for private in PRIVATE):
        yield Problem("network.cidr", settings.cidr, f"a range inside {', '.join(str(each) for each in PRIVATE)}")
    for taken in (TAKEN_BY_AWS, *(IPv4Network(each) for each in settings.reserved)):
        if cidr.overlaps(taken):
            why = "SageMaker uses itself" if taken == TAKEN_BY_AWS else "network.reserved says is in use elsewhere"
            yield Problem("network.cidr", settings.cidr, f"a range that does not overlap {taken}, which {why}")
    for zone in settings.zones:
        if zone[-1] not in LETTERS:
            yield Problem("network.zones", zone, f"zones that end in one of {', '.join(LETTERS)}")
