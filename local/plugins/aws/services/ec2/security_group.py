"""Security groups without their rules, which are resources of their own (`services/vpc.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_aws import ec2

from local.plugins.aws.kind import Kind, Properties, words
from local.plugins.aws.naming import Naming
from local.plugins.aws.operation import Operation
from local.plugins.aws.services.ec2.tagging import TAGGING, filtered, one, specified, tags_of
from local.plugins.aws.services.ec2.vpc import LEAVING
from local.plugins.errors import PluginError

# What the SDK says where the program does not; AWS wants one.
_DESCRIPTION = "Managed by Pulumi"


class SecurityGroup(Kind):
    sdk, service = ec2.SecurityGroup, "ec2"
    carries = words("name description vpcId tags")
    fixed = words("name description vpcId")
    naming = Naming("name", longest=255)
    tagging = TAGGING
    eventual = (LEAVING,)

    def create(self, op: Operation) -> str:
        made = op.client.create_security_group(
            GroupName=op.new["name"],
            Description=op.new.get("description", _DESCRIPTION),
            **op.given(VpcId="vpcId"),
            **specified("security-group", op.tags),
        )
        identifier = op.created(str(made["GroupId"]))
        # AWS lets everything out of a new group. The official plugin takes that back, too.
        revoke_all(op.client, identifier)
        return identifier

    def read(self, op: Operation, identifier: str) -> Properties | None:
        return read_group(op, identifier)

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_security_group(GroupId=identifier)


class DefaultSecurityGroup(Kind):
    """Every VPC has it from its creation to its end: it is taken over, emptied, and left behind."""

    sdk, service = ec2.DefaultSecurityGroup, "ec2"
    carries = words("vpcId ingress egress tags")
    fixed = words("vpcId")
    tagging = TAGGING
    waits_until_gone = False

    def create(self, op: Operation) -> str:
        vpc = op.new["vpcId"]
        found = one(
            op.client.describe_security_groups(Filters=filtered(vpc_id=vpc, group_name="default"))["SecurityGroups"]
        )
        if found is None:
            raise PluginError(f"{self.token}: there is no default group in {vpc}; is it a VPC of {op.region}?")
        identifier = op.created(str(found["GroupId"]))
        revoke_all(op.client, identifier)
        TAGGING.change(op.client, {"id": identifier}, tags_of(found), op.tags)
        return identifier

    def read(self, op: Operation, identifier: str) -> Properties | None:
        group = read_group(op, identifier)
        if group is None:
            return None
        rules = rules_of(op.client, identifier)
        return group | {
            "egress": [_shown(rule) for rule in rules if rule["IsEgress"]],
            "ingress": [_shown(rule) for rule in rules if not rule["IsEgress"]],
        }

    def update(self, op: Operation, identifier: str) -> None:
        revoke_all(op.client, identifier)

    def delete(self, op: Operation, identifier: str) -> None:
        """It goes with the VPC."""

    def invalid(self, inputs: Mapping[str, Any]) -> list[tuple[str, str]]:
        why = "rules of a default group are not carried by the local AWS plugin: leave it empty, use groups of your own"
        missing = [] if "vpcId" in inputs else [("vpcId", "vpcId is missing: the account's default VPC is not carried")]
        return missing + [(name, why) for name in ("ingress", "egress") if inputs.get(name)]


def read_group(op: Operation, identifier: str) -> Properties | None:
    found = one(op.client.describe_security_groups(GroupIds=[identifier])["SecurityGroups"])
    if found is None:
        return None
    return {
        "name": found["GroupName"],
        "description": found["Description"],
        "vpcId": found["VpcId"],
        "ownerId": found["OwnerId"],
        "arn": found["SecurityGroupArn"],
        "tagsAll": tags_of(found),
    }


def rules_of(client: Any, group: str) -> list[dict[str, Any]]:
    """Every rule of a group, in and out."""
    pages = client.get_paginator("describe_security_group_rules").paginate(Filters=filtered(group_id=group))
    return [rule for page in pages for rule in page["SecurityGroupRules"]]


def revoke_all(client: Any, group: str) -> None:
    """Takes every rule out of a group."""
    rules = rules_of(client, group)
    outward = [rule["SecurityGroupRuleId"] for rule in rules if rule["IsEgress"]]
    inward = [rule["SecurityGroupRuleId"] for rule in rules if not rule["IsEgress"]]
    if outward:
        client.revoke_security_group_egress(GroupId=group, SecurityGroupRuleIds=outward)
    if inward:
        client.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=inward)


def _shown(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule as an entry of `ingress` or `egress`."""
    other = rule.get("ReferencedGroupInfo", {}).get("GroupId")
    lists = {
        "cidrBlocks": rule.get("CidrIpv4"),
        "ipv6CidrBlocks": rule.get("CidrIpv6"),
        "prefixListIds": rule.get("PrefixListId"),
        "securityGroups": other if other != rule["GroupId"] else None,
    }
    return {
        "protocol": rule["IpProtocol"],
        "fromPort": rule.get("FromPort", -1),
        "toPort": rule.get("ToPort", -1),
        **{name: [value] for name, value in lists.items() if value},
        **({"self": True} if other == rule["GroupId"] else {}),
        **({"description": rule["Description"]} if rule.get("Description") else {}),
    }
