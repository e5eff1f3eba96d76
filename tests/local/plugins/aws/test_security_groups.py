"""Security groups and their rules through the plugin, without the engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.local.plugins.aws.test_ec2 import goes, stays, vpc_of
from tests.support.aws import Refused, Resource, Trial

GROUP, DEFAULT = "aws:ec2/securityGroup:SecurityGroup", "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
HTTPS: Mapping[str, Any] = {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443}


def rules(trial: Trial, group: str) -> list[Any]:
    found = trial.client("ec2").describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])
    return list(found["SecurityGroupRules"])


@pytest.fixture
def group(trial: Trial) -> Resource:
    return trial.create(GROUP, {"vpcId": vpc_of(trial).id, "description": "Nodes"})


def test_a_new_group_lets_nothing_in_or_out(trial: Trial) -> None:
    wanted = {"vpcId": vpc_of(trial).id, "description": "Nodes", "tags": {"Name": "nodes"}}
    group = trial.create(GROUP, wanted, name="nodes")
    assert group.outputs["name"].startswith("nodes-")
    assert rules(trial, group.id) == []
    stays(trial, group, wanted)
    assert trial.diff(group, {**wanted, "description": "Other"})[1] == ["description"]
    goes(trial, group)


def test_the_default_group_is_emptied_and_stays_when_the_program_lets_go_of_it(trial: Trial) -> None:
    vpc, ec2 = vpc_of(trial), trial.client("ec2")
    wanted = {"vpcId": vpc.id, "ingress": [], "egress": [], "tags": {"Name": "none"}}
    group = trial.create(DEFAULT, wanted)
    assert group.id == vpc.outputs["defaultSecurityGroupId"]
    assert rules(trial, group.id) == []
    stays(trial, group, wanted)
    ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_ingress(GroupId=group.id, IpPermissions=[ssh])
    trial.refresh(group)
    assert group.inputs["ingress"][0]["cidrBlocks"] == ["0.0.0.0/0"]
    trial.update(group, wanted)
    assert rules(trial, group.id) == []
    trial.delete(group)
    assert trial.refresh(group)


def test_rules_of_a_default_group_are_refused(trial: Trial) -> None:
    rule = {"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": ["10.0.0.0/8"]}
    with pytest.raises(Refused, match="ingress: rules of a default group are not carried"):
        trial.create(DEFAULT, {"vpcId": "vpc-1", "ingress": [rule]})


@pytest.mark.parametrize("token", [INGRESS, EGRESS])
@pytest.mark.parametrize("side", ["cidrIpv4", "prefixListId", "referencedSecurityGroupId"])
def test_a_rule_lives_its_whole_life(trial: Trial, group: Resource, token: str, side: str) -> None:
    other = {"cidrIpv4": "10.0.0.0/8", "prefixListId": "pl-1", "referencedSecurityGroupId": group.id}[side]
    wanted = {"securityGroupId": group.id, side: other, **HTTPS, "description": "calls AWS", "tags": {"a": "1"}}
    rule = trial.create(token, wanted)
    assert rule.id.startswith("sgr-")
    stays(trial, rule, wanted)
    trial.update(rule, {**wanted, "fromPort": 80, "toPort": 80, "description": "calls others", "tags": {"b": "2"}})
    assert (rule.outputs["toPort"], rule.outputs["description"]) == (80, "calls others")
    assert rule.outputs["tagsAll"] == {"b": "2"}
    assert trial.imported(token, rule.id).inputs[side] == other
    goes(trial, rule)


def test_a_rule_for_all_ports_names_none(trial: Trial, group: Resource) -> None:
    wanted = {"securityGroupId": group.id, "referencedSecurityGroupId": group.id, "ipProtocol": "-1"}
    rule = trial.create(INGRESS, {**wanted, "description": "pods"})
    stays(trial, rule, {**wanted, "description": "pods"})
    assert rule.outputs.get("fromPort") is None


def test_another_sort_of_other_side_replaces_a_rule(trial: Trial, group: Resource) -> None:
    rule = trial.create(EGRESS, {"securityGroupId": group.id, "cidrIpv4": "10.0.0.0/8", **HTTPS})
    assert trial.diff(rule, {"securityGroupId": group.id, "cidrIpv4": "10.1.0.0/16", **HTTPS})[1] == []
    replaced = trial.diff(rule, {"securityGroupId": group.id, "referencedSecurityGroupId": group.id, **HTTPS})[1]
    assert replaced == ["cidrIpv4", "referencedSecurityGroupId"]


@pytest.mark.parametrize("sides", [{}, {"cidrIpv4": "10.0.0.0/8", "prefixListId": "pl-1"}])
def test_a_rule_has_exactly_one_other_side(trial: Trial, group: Resource, sides: Mapping[str, str]) -> None:
    with pytest.raises(Refused, match="exactly one of cidrIpv4, cidrIpv6, prefixListId, referencedSecurityGroupId"):
        trial.create(EGRESS, {"securityGroupId": group.id, **sides, **HTTPS})
