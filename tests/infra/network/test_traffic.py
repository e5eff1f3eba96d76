"""Claims about the table of who may talk to whom."""

from __future__ import annotations

import re

from infra.network.services import ALWAYS, WITHOUT_NAT, services
from infra.network.traffic import GROUPS, TRAFFIC, Place, traffic

# What AWS takes as the description of a group or a rule.
DESCRIPTION = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{1,255}")


def test_only_the_cluster_reaches_the_database_and_only_as_postgresql() -> None:
    assert [(row.source, row.port) for row in TRAFFIC if row.target == "database"] == [("nodes", 5432)]


def test_the_database_and_the_endpoints_call_nobody() -> None:
    assert {row.source for row in TRAFFIC} == {"nodes", "functions", "sagemaker"}


def test_only_nodes_talk_among_themselves_about_everything() -> None:
    assert [(row.source, row.target) for row in TRAFFIC if row.port is None] == [("nodes", "nodes")]


def test_every_row_is_about_groups_and_places_that_exist_and_stands_once() -> None:
    assert {row.source for row in TRAFFIC} <= set(GROUPS)
    assert {row.target for row in TRAFFIC} == (set(GROUPS) | set(Place)) - {"api", "functions", "sagemaker"}
    assert len({(row.source, row.target) for row in TRAFFIC}) == len(TRAFFIC)


def test_without_a_gateway_no_rule_leads_to_the_internet() -> None:
    assert {row.target for row in traffic(internet=False)}.isdisjoint({Place.INTERNET})
    assert [row.source for row in traffic(internet=True) if row.target is Place.INTERNET] == ["nodes"]


def test_aws_takes_every_description() -> None:
    for text in (*GROUPS.values(), *(row.why for row in TRAFFIC)):
        assert DESCRIPTION.fullmatch(text), text


def test_without_nat_there_is_an_endpoint_for_everything_and_with_it_for_what_must_stay_inside() -> None:
    assert set(services("none")) == {*ALWAYS, *WITHOUT_NAT}
    assert services("single") == services("perZone") == tuple(sorted(ALWAYS))
    required = "ecr.api ecr.dkr sts secretsmanager kms logs sagemaker.api sagemaker.runtime eks-auth"
    assert set(ALWAYS) == set(required.split())
    assert "ec2" in services("none")
