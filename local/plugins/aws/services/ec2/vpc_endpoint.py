"""VPC endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_aws import ec2

from local.plugins.aws.kind import Kind, Properties, words
from local.plugins.aws.operation import Operation
from local.plugins.aws.services.ec2.tagging import TAGGING, arn, filtered, one, specified, tags_of
from local.plugins.waiting import Failed, Pending, Ready, State

# Input → its parameter on creation, and the middle of those on a change (`AddSubnetIds`, `RemoveSubnetIds`).
_LISTS = {"routeTableIds": "RouteTableIds", "subnetIds": "SubnetIds", "securityGroupIds": "SecurityGroupIds"}


class VpcEndpoint(Kind):
    sdk, service = ec2.VpcEndpoint, "ec2"
    carries = words(
        "vpcId serviceName vpcEndpointType policy privateDnsEnabled routeTableIds subnetIds securityGroupIds tags"
    )
    fixed = words("vpcId serviceName vpcEndpointType")
    unordered = frozenset(_LISTS)
    volatile = words("dnsEntries networkInterfaceIds state")
    tagging = TAGGING

    def create(self, op: Operation) -> str:
        made = op.client.create_vpc_endpoint(
            **op.given(
                VpcId="vpcId",
                ServiceName="serviceName",
                VpcEndpointType="vpcEndpointType",
                PolicyDocument="policy",
                PrivateDnsEnabled="privateDnsEnabled",
                **{api: name for name, api in _LISTS.items()},
            ),
            **specified("vpc-endpoint", op.tags),
        )
        return str(made["VpcEndpoint"]["VpcEndpointId"])

    def read(self, op: Operation, identifier: str) -> Properties | None:
        found = one(op.client.describe_vpc_endpoints(VpcEndpointIds=[identifier])["VpcEndpoints"])
        if found is None or found["State"].lower() == "deleted":
            return None
        return {
            "vpcId": found["VpcId"],
            "serviceName": found["ServiceName"],
            "vpcEndpointType": found["VpcEndpointType"],
            "policy": found.get("PolicyDocument"),
            "privateDnsEnabled": found["PrivateDnsEnabled"],
            "routeTableIds": found["RouteTableIds"],
            "subnetIds": found["SubnetIds"],
            "securityGroupIds": [group["GroupId"] for group in found["Groups"]],
            "networkInterfaceIds": found["NetworkInterfaceIds"],
            "dnsEntries": [
                {"dnsName": entry.get("DnsName"), "hostedZoneId": entry.get("HostedZoneId")}
                for entry in found["DnsEntries"]
            ],
            "state": found["State"],
            "requesterManaged": found.get("RequesterManaged", False),
            "ownerId": found["OwnerId"],
            "arn": arn(op, f"vpc-endpoint/{identifier}"),
            **self._prefix_list(op, found["ServiceName"]),
            "tagsAll": tags_of(found),
        }

    def update(self, op: Operation, identifier: str) -> None:
        wanted: dict[str, Any] = {}
        for name in sorted(op.changed & _LISTS.keys()):
            have, want = set(op.last.get(name) or []), set(op.new.get(name) or [])
            for verb, members in (("Add", want - have), ("Remove", have - want)):
                wanted |= {f"{verb}{_LISTS[name]}": sorted(members)} if members else {}
        if "policy" in op.changed:
            wanted |= op.given(PolicyDocument="policy") or {"ResetPolicy": True}
        if "privateDnsEnabled" in op.changed:
            wanted["PrivateDnsEnabled"] = bool(op.new.get("privateDnsEnabled"))
        op.client.modify_vpc_endpoint(VpcEndpointId=identifier, **wanted)

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_vpc_endpoints(VpcEndpointIds=[identifier])

    def state(self, op: Operation, live: Properties) -> State:  # noqa: ARG002  all is in the properties
        match str(live["state"]).lower():
            case "available" | "pendingacceptance":
                return Ready()
            case "failed" | "rejected" | "expired":
                return Failed(f"the endpoint is {live['state']}")
            case state:
                return Pending(f"the endpoint is {state}")

    def also_fixed(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> frozenset[str]:
        changeable = old.get("vpcEndpointType") == new.get("vpcEndpointType") == "Interface"
        return frozenset() if changeable else frozenset({"privateDnsEnabled"})

    def _prefix_list(self, op: Operation, service: str) -> Properties:
        """The addresses behind a gateway; other endpoints have no list."""
        lists = op.client.describe_prefix_lists(Filters=filtered(prefix_list_name=service))["PrefixLists"]
        found = one(held for held in lists if held["PrefixListName"] == service) or {}
        return {"prefixListId": found.get("PrefixListId"), "cidrBlocks": found.get("Cidrs", [])}
