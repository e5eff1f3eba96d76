"""Claims about the addresses of a network."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.network.plan import LETTERS, Nat, NetworkPlan, plan, ways_out
from infra.network.problems import network_problems
from infra.settings.network import NetworkSettings

REGION = "eu-central-1"
ALL = tuple(f"{REGION}{letter}" for letter in LETTERS)
zones = st.lists(st.sampled_from(ALL), min_size=2, max_size=6, unique=True)


@st.composite
def ranges(draw: st.DrawFn) -> str:
    prefix = draw(st.integers(16, 20))
    inside = list(IPv4Network("10.0.0.0/12").subnets(new_prefix=prefix))
    return str(draw(st.sampled_from(inside)))


def networks(planned: NetworkPlan) -> list[IPv4Network]:
    return [IPv4Network(each) for zone in planned.zones for each in (zone.private, zone.database, zone.public)]


@given(ranges(), zones)
def test_no_two_subnets_overlap_and_all_are_in_the_range(cidr: str, zones: list[str]) -> None:
    planned = networks(plan(cidr, zones))
    assert len(planned) == 3 * len(zones)
    assert all(subnet.subnet_of(IPv4Network(cidr)) for subnet in planned)
    assert not [(one, other) for one, other in combinations(planned, 2) if one.overlaps(other)]


@given(ranges(), zones)
def test_every_subnet_is_of_a_size_that_aws_takes_and_private_ones_are_the_largest(cidr: str, zones: list[str]) -> None:
    for zone in plan(cidr, zones).zones:
        private, database, public = (IPv4Network(each) for each in (zone.private, zone.database, zone.public))
        assert 16 <= private.prefixlen < database.prefixlen == public.prefixlen <= 28
        assert private.num_addresses * 8 == IPv4Network(cidr).num_addresses


@given(ranges(), zones, st.sampled_from(ALL))
def test_a_zone_that_is_added_or_removed_moves_no_other(cidr: str, zones: list[str], other: str) -> None:
    after = {zone.zone: zone for zone in plan(cidr, list({*zones, other})).zones}
    assert all(after[zone.zone] == zone for zone in plan(cidr, zones).zones)


@given(ranges(), zones)
def test_the_order_of_the_zones_means_nothing(cidr: str, zones: list[str]) -> None:
    assert plan(cidr, zones) == plan(cidr, zones[::-1])
    assert ways_out(zones, "single") == ways_out(zones[::-1], "single")


@given(zones, st.sampled_from(["none", "single", "perZone"]))
def test_every_zone_has_one_way_out_or_none_has(zones: list[str], nat: Nat) -> None:
    ways = ways_out(zones, nat)
    assert set(ways) == (set() if nat == "none" else set(zones))
    assert len(set(ways.values())) == {"none": 0, "single": 1, "perZone": len(zones)}[nat]
    assert all(nat == "single" or zone == gateway for zone, gateway in ways.items())


def test_the_ranges_are_these() -> None:
    first, second = plan("10.40.0.0/16", ["eu-central-1b", "eu-central-1a"]).zones
    assert (first.zone, first.private, first.database, first.public) == (
        "eu-central-1a",
        "10.40.0.0/19",
        "10.40.192.0/22",
        "10.40.224.0/22",
    )
    assert (second.private, second.database, second.public) == ("10.40.32.0/19", "10.40.196.0/22", "10.40.228.0/22")


def refused(cidr: str = "10.40.0.0/16", zones: tuple[str, ...] = ALL[:3], reserved: tuple[str, ...] = ()) -> list[str]:
    given = NetworkSettings.model_validate({"cidr": cidr, "zones": zones, "reserved": reserved})
    return [f"{problem.key} {problem.given}: {problem.allowed}" for problem in network_problems(given)]


@given(ranges(), zones)
def test_what_can_be_planned_is_accepted(cidr: str, zones: list[str]) -> None:
    assert refused(cidr, tuple(zones)) == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"cidr": "10.0.0.0/15"}, "network.cidr 10.0.0.0/15: a range between /16"),
        ({"cidr": "10.0.0.0/21"}, "network.cidr 10.0.0.0/21: a range between /16"),
        ({"cidr": "52.94.0.0/16"}, "network.cidr 52.94.0.0/16: a range inside 10.0.0.0/8, 172.16.0.0/12"),
        ({"cidr": "172.17.16.0/20"}, "does not overlap 172.17.0.0/16, which SageMaker uses itself"),
        ({"reserved": ("10.0.0.0/9",)}, "does not overlap 10.0.0.0/9, which network.reserved says is in use elsewhere"),
        ({"reserved": ("10.40.7.0/24",)}, "does not overlap 10.40.7.0/24"),
        ({"zones": ("eu-central-1a", "eu-central-1g")}, "network.zones eu-central-1g: zones that end in one of a, b"),
    ],
)
def test_what_cannot_be_built_is_refused_with_key_value_and_rule(given: dict[str, Any], words: str) -> None:
    (problem,) = refused(**given)
    assert words in problem


def test_a_reserved_range_next_to_ours_is_no_problem() -> None:
    assert refused(reserved=("10.41.0.0/16", "10.39.0.0/16")) == []
