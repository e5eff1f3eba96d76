"""Ways out of a VPC: internet gateways, NAT gateways and their addresses."""

from __future__ import annotations

from typing import Any

from pulumi_aws import ec2

from local.plugins.aws.kind import Eventual, Kind, Properties, words
from local.plugins.aws.operation import Operation
from local.plugins.aws.services.ec2.tagging import TAGGING, arn, one, specified, tags_of
from local.plugins.aws.services.ec2.vpc import LEAVING
from local.plugins.waiting import Failed, Pending, Ready, State


class InternetGateway(Kind):
    sdk, service = ec2.InternetGateway, "ec2"
    carries = words("vpcId tags")
    tagging = TAGGING
    eventual = (LEAVING,)

    def create(self, op: Operation) -> str:
        made = op.client.create_internet_gateway(**specified("internet-gateway", op.tags))
        identifier = op.created(str(made["InternetGateway"]["InternetGatewayId"]))
        if vpc := op.new.get("vpcId"):
            op.client.attach_internet_gateway(InternetGatewayId=identifier, VpcId=vpc)
        return identifier

    def read(self, op: Operation, identifier: str) -> Properties | None:
        found = op.client.describe_internet_gateways(InternetGatewayIds=[identifier])
        gateway = one(found["InternetGateways"])
        if gateway is None:
            return None
        return {
            "vpcId": (one(gateway["Attachments"]) or {}).get("VpcId"),
            "ownerId": gateway["OwnerId"],
            "arn": arn(op, f"internet-gateway/{identifier}"),
            "tagsAll": tags_of(gateway),
        }

    def update(self, op: Operation, identifier: str) -> None:
        self._detach(op, identifier)
        if vpc := op.new.get("vpcId"):
            op.client.attach_internet_gateway(InternetGatewayId=identifier, VpcId=vpc)

    def delete(self, op: Operation, identifier: str) -> None:
        self._detach(op, identifier)
        op.client.delete_internet_gateway(InternetGatewayId=identifier)

    def _detach(self, op: Operation, identifier: str) -> None:
        found = op.client.describe_internet_gateways(InternetGatewayIds=[identifier])
        for attachment in (one(found["InternetGateways"]) or {}).get("Attachments", []):
            op.client.detach_internet_gateway(InternetGatewayId=identifier, VpcId=attachment["VpcId"])


class Eip(Kind):
    """Who uses the address is that resource's to tell: it changes without the address."""

    sdk, service = ec2.Eip, "ec2"
    carries = words("domain tags")
    fixed = words("domain")
    tagging = TAGGING
    eventual = (Eventual("InvalidIPAddress.InUse", "", "the gateway that had the address is still going"),)

    def create(self, op: Operation) -> str:
        made = op.client.allocate_address(Domain=op.new.get("domain", "vpc"), **specified("elastic-ip", op.tags))
        return str(made["AllocationId"])

    def read(self, op: Operation, identifier: str) -> Properties | None:
        found = one(op.client.describe_addresses(AllocationIds=[identifier])["Addresses"])
        if found is None:
            return None
        address = found["PublicIp"]
        zone = "compute-1" if op.region == "us-east-1" else f"{op.region}.compute"
        return {
            "domain": found["Domain"],
            "allocationId": identifier,
            "publicIp": address,
            "publicDns": f"ec2-{address.replace('.', '-')}.{zone}.amazonaws.com",
            "arn": arn(op, f"elastic-ip/{identifier}"),
            "tagsAll": tags_of(found),
        }

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.release_address(AllocationId=identifier)


class NatGateway(Kind):
    sdk, service = ec2.NatGateway, "ec2"
    carries = words("subnetId allocationId connectivityType tags")
    fixed = words("subnetId allocationId connectivityType")
    tagging = TAGGING

    def create(self, op: Operation) -> str:
        where = op.given(SubnetId="subnetId", AllocationId="allocationId", ConnectivityType="connectivityType")
        made = op.client.create_nat_gateway(**where, **specified("natgateway", op.tags))
        return str(made["NatGateway"]["NatGatewayId"])

    def read(self, op: Operation, identifier: str) -> Properties | None:
        gateway = _nat_gateway(op, identifier)
        # AWS still shows it for an hour.
        if gateway is None or gateway["State"] == "deleted":
            return None
        address = (gateway.get("NatGatewayAddresses") or [{}])[0]
        return {
            "subnetId": gateway["SubnetId"],
            "allocationId": address.get("AllocationId"),
            "connectivityType": gateway.get("ConnectivityType", "public"),
            "publicIp": address.get("PublicIp"),
            "privateIp": address.get("PrivateIp"),
            "associationId": address.get("AssociationId"),
            "networkInterfaceId": address.get("NetworkInterfaceId"),
            "tagsAll": tags_of(gateway),
        }

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_nat_gateway(NatGatewayId=identifier)

    def state(self, op: Operation, live: Properties) -> State:  # noqa: ARG002  it is no property of the SDK
        gateway = _nat_gateway(op, op.identifier) or {}
        match gateway.get("State"):
            case "available":
                return Ready()
            case "failed":
                return Failed(str(gateway.get("FailureMessage", "AWS could not make it")))
            case state:
                return Pending(f"the gateway is {state}")


def _nat_gateway(op: Operation, identifier: str) -> dict[str, Any] | None:
    return one(op.client.describe_nat_gateways(NatGatewayIds=[identifier])["NatGateways"])
