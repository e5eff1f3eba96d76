"""Rules of security groups. (In the SDK the module `vpc`; the groups are in `ec2`.)"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pulumi_aws import vpc

from local.plugins.aws.kind import Kind, Properties, words
from local.plugins.aws.operation import Operation
from local.plugins.aws.services.ec2.tagging import TAGGING, arn, one, specified, tags_of

# Where the other side is given: input → (list in a permission, key in its entry, key in a change).
_SIDES = {
    "cidrIpv4": ("IpRanges", "CidrIp", "CidrIpv4"),
    "cidrIpv6": ("Ipv6Ranges", "CidrIpv6", "CidrIpv6"),
    "prefixListId": ("PrefixListIds", "PrefixListId", "PrefixListId"),
    "referencedSecurityGroupId": ("UserIdGroupPairs", "GroupId", "ReferencedGroupId"),
}


class _Rule(Kind):
    direction: ClassVar[str]

    service = "ec2"
    carries = words("securityGroupId ipProtocol fromPort toPort description tags") | _SIDES.keys()
    fixed = words("securityGroupId")
    tagging = TAGGING

    def create(self, op: Operation) -> str:
        side = _side(op.new)
        listed, key, _ = _SIDES[side]
        where = {key: op.new[side], **op.given(Description="description")}
        made = getattr(op.client, f"authorize_security_group_{self.direction}")(
            GroupId=op.new["securityGroupId"],
            IpPermissions=[{**_ports(op), listed: [where]}],
            **specified("security-group-rule", op.tags),
        )["SecurityGroupRules"][0]
        identifier = op.created(str(made["SecurityGroupRuleId"]))
        # moto keeps descriptions of ranges only, until a rule is changed.
        if op.new.get("description") and not made.get("Description"):
            self.update(op, identifier)
        return identifier

    def read(self, op: Operation, identifier: str) -> Properties | None:
        rule = one(op.client.describe_security_group_rules(SecurityGroupRuleIds=[identifier])["SecurityGroupRules"])
        if rule is None:
            return None
        known = op.new or op.last
        # All ports are -1 in an answer, and nothing in most programs.
        ports = {name: rule.get(api) for name, api in (("fromPort", "FromPort"), ("toPort", "ToPort"))}
        return {
            "securityGroupId": rule["GroupId"],
            "ipProtocol": rule["IpProtocol"],
            **{name: None if port == -1 and name not in known else port for name, port in ports.items()},
            "cidrIpv4": rule.get("CidrIpv4"),
            "cidrIpv6": rule.get("CidrIpv6"),
            "prefixListId": rule.get("PrefixListId"),
            "referencedSecurityGroupId": rule.get("ReferencedGroupInfo", {}).get("GroupId"),
            "description": rule.get("Description") or None,
            "securityGroupRuleId": identifier,
            "arn": arn(op, f"security-group-rule/{identifier}"),
            "tagsAll": tags_of(rule),
        }

    def update(self, op: Operation, identifier: str) -> None:
        side = _side(op.new)
        # moto wants ports in a change of a rule for all ports, too; -1 is AWS' word for all.
        ports = {"FromPort": -1, "ToPort": -1, **_ports(op)}
        wanted = {**ports, _SIDES[side][2]: op.new[side], "Description": op.new.get("description", "")}
        op.client.modify_security_group_rules(
            GroupId=op.new["securityGroupId"],
            SecurityGroupRules=[{"SecurityGroupRuleId": identifier, "SecurityGroupRule": wanted}],
        )

    def delete(self, op: Operation, identifier: str) -> None:
        getattr(op.client, f"revoke_security_group_{self.direction}")(
            GroupId=op.last["securityGroupId"], SecurityGroupRuleIds=[identifier]
        )

    def also_fixed(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> frozenset[str]:
        """AWS changes a side to another of its sort only."""
        before, after = old.keys() & _SIDES.keys(), new.keys() & _SIDES.keys()
        return frozenset(before | after) if before != after else frozenset()

    def invalid(self, inputs: Mapping[str, Any]) -> list[tuple[str, str]]:
        given = sorted(inputs.keys() & _SIDES.keys())
        if len(given) == 1:
            return []
        told = " and ".join(given) or "none"
        return [
            (given[0] if given else "cidrIpv4", f"exactly one of {', '.join(sorted(_SIDES))} is needed; given: {told}")
        ]


class SecurityGroupIngressRule(_Rule):
    sdk, direction = vpc.SecurityGroupIngressRule, "ingress"


class SecurityGroupEgressRule(_Rule):
    sdk, direction = vpc.SecurityGroupEgressRule, "egress"


def _side(inputs: Mapping[str, Any]) -> str:
    return next(name for name in _SIDES if inputs.get(name) is not None)


def _ports(op: Operation) -> dict[str, Any]:
    return op.given(IpProtocol="ipProtocol", FromPort="fromPort", ToPort="toPort")
