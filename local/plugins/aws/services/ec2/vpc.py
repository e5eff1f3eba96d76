"""VPCs and subnets."""

from __future__ import annotations

from typing import Any

from pulumi_aws import ec2

from local.plugins.aws.kind import Eventual, Kind, Properties, words
from local.plugins.aws.operation import Operation
from local.plugins.aws.services.ec2.tagging import TAGGING, arn, filtered, one, specified, tags_of

# Interfaces of what was just deleted (endpoints, gateways, nodes) take a while to go.
LEAVING = Eventual("DependencyViolation", "", "what was in it is still going")

_SWITCHES = {"enableDnsSupport": "EnableDnsSupport", "enableDnsHostnames": "EnableDnsHostnames"}
_DEFAULTS = {"enableDnsSupport": True, "enableDnsHostnames": False}


class Vpc(Kind):
    sdk, service = ec2.Vpc, "ec2"
    carries = words("cidrBlock enableDnsSupport enableDnsHostnames tags")
    fixed = words("cidrBlock")
    tagging = TAGGING
    eventual = (LEAVING,)

    def create(self, op: Operation) -> str:
        made = op.client.create_vpc(**op.given(CidrBlock="cidrBlock"), **specified("vpc", op.tags))
        identifier = op.created(str(made["Vpc"]["VpcId"]))
        for name, default in _DEFAULTS.items():
            if op.new.get(name, default) != default:
                self._switch(op, identifier, name)
        return identifier

    def read(self, op: Operation, identifier: str) -> Properties | None:
        vpc = one(op.client.describe_vpcs(VpcIds=[identifier])["Vpcs"])
        if vpc is None:
            return None
        tables = op.client.describe_route_tables(
            Filters=filtered(vpc_id=identifier) + filtered(**{"association.main": "true"})
        )
        acls = op.client.describe_network_acls(Filters=filtered(vpc_id=identifier, default="true"))
        groups = op.client.describe_security_groups(Filters=filtered(vpc_id=identifier, group_name="default"))
        table = (one(tables["RouteTables"]) or {}).get("RouteTableId")
        return {
            "cidrBlock": vpc["CidrBlock"],
            **{name: self._is_on(op, identifier, name) for name in _SWITCHES},
            "instanceTenancy": vpc["InstanceTenancy"],
            "arn": arn(op, f"vpc/{identifier}"),
            "ownerId": vpc["OwnerId"],
            "dhcpOptionsId": vpc["DhcpOptionsId"],
            "mainRouteTableId": table,
            "defaultRouteTableId": table,
            "defaultNetworkAclId": (one(acls["NetworkAcls"]) or {}).get("NetworkAclId"),
            "defaultSecurityGroupId": (one(groups["SecurityGroups"]) or {}).get("GroupId"),
            "tagsAll": tags_of(vpc),
        }

    def update(self, op: Operation, identifier: str) -> None:
        for name in sorted(op.changed & _SWITCHES.keys()):
            self._switch(op, identifier, name)

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_vpc(VpcId=identifier)

    def _is_on(self, op: Operation, identifier: str, name: str) -> bool:
        return bool(op.client.describe_vpc_attribute(VpcId=identifier, Attribute=name)[_SWITCHES[name]]["Value"])

    def _switch(self, op: Operation, identifier: str, name: str) -> None:
        """AWS takes one attribute in a call."""
        value = {"Value": op.new.get(name, _DEFAULTS[name])}
        op.client.modify_vpc_attribute(VpcId=identifier, **{_SWITCHES[name]: value})


class Subnet(Kind):
    sdk, service = ec2.Subnet, "ec2"
    carries = words("vpcId cidrBlock availabilityZone mapPublicIpOnLaunch tags")
    fixed = words("vpcId cidrBlock availabilityZone")
    tagging = TAGGING
    eventual = (LEAVING,)

    def create(self, op: Operation) -> str:
        place = op.given(VpcId="vpcId", CidrBlock="cidrBlock", AvailabilityZone="availabilityZone")
        made = op.client.create_subnet(**place, **specified("subnet", op.tags))
        identifier = op.created(str(made["Subnet"]["SubnetId"]))
        if op.new.get("mapPublicIpOnLaunch"):
            self.update(op, identifier)
        return identifier

    def read(self, op: Operation, identifier: str) -> Properties | None:
        subnet: dict[str, Any] | None = one(op.client.describe_subnets(SubnetIds=[identifier])["Subnets"])
        if subnet is None:
            return None
        return {
            "vpcId": subnet["VpcId"],
            "cidrBlock": subnet["CidrBlock"],
            "availabilityZone": subnet["AvailabilityZone"],
            "availabilityZoneId": subnet["AvailabilityZoneId"],
            "mapPublicIpOnLaunch": subnet["MapPublicIpOnLaunch"],
            "arn": subnet["SubnetArn"],
            "ownerId": subnet["OwnerId"],
            "tagsAll": tags_of(subnet),
        }

    def update(self, op: Operation, identifier: str) -> None:
        public = {"Value": bool(op.new.get("mapPublicIpOnLaunch"))}
        op.client.modify_subnet_attribute(SubnetId=identifier, MapPublicIpOnLaunch=public)

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_subnet(SubnetId=identifier)
