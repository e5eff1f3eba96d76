"""EC2 through the plugin, without the engine: a VPC and what stands in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from local.plugins.aws.services.ec2.tagging import tags_of
from local.plugins.engine import EngineLog
from tests.support.aws import Refused, Resource, Trial

VPC, SUBNET, ADDRESS = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:ec2/eip:Eip"
TABLE, ROUTE, ASSOCIATION = (
    "aws:ec2/routeTable:RouteTable",
    "aws:ec2/route:Route",
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
)
INTERNET, NAT = "aws:ec2/internetGateway:InternetGateway", "aws:ec2/natGateway:NatGateway"
ENDPOINT, FLOW_LOG = "aws:ec2/vpcEndpoint:VpcEndpoint", "aws:ec2/flowLog:FlowLog"
S3 = "com.amazonaws.eu-central-1.s3"


def vpc_of(trial: Trial) -> Resource:
    return trial.create(VPC, {"cidrBlock": "10.40.0.0/16"})


def subnet_of(trial: Trial, vpc: Resource, third: int = 0) -> Resource:
    place = {"vpcId": vpc.id, "cidrBlock": f"10.40.{third}.0/24", "availabilityZone": "eu-central-1a"}
    return trial.create(SUBNET, place)


def stays(trial: Trial, resource: Resource, inputs: Mapping[str, Any]) -> None:
    """A refresh finds nothing new, and the same inputs are no change."""
    before = dict(resource.outputs)
    assert trial.refresh(resource)
    assert resource.outputs == before
    assert trial.diff(resource, inputs) == ([], [])


def goes(trial: Trial, *resources: Resource) -> None:
    for resource in resources:
        trial.delete(resource)
        trial.delete(resource)
        assert not trial.refresh(resource)


def test_a_vpc_lives_its_whole_life(trial: Trial) -> None:
    wanted = {"cidrBlock": "10.40.0.0/16", "enableDnsSupport": True, "enableDnsHostnames": True, "tags": {"a": "1"}}
    vpc = trial.create(VPC, wanted)
    stays(trial, vpc, wanted)
    assert vpc.outputs["arn"] == f"arn:aws:ec2:eu-central-1:123456789012:vpc/{vpc.id}"
    assert vpc.outputs["mainRouteTableId"].startswith("rtb-")
    assert vpc.outputs["defaultSecurityGroupId"].startswith("sg-")
    trial.update(vpc, {"cidrBlock": "10.40.0.0/16", "enableDnsSupport": False, "tags": {"b": "2"}})
    assert not vpc.outputs["enableDnsSupport"]
    assert not vpc.outputs["enableDnsHostnames"]
    assert vpc.outputs["tagsAll"] == {"b": "2"}
    assert trial.diff(vpc, {**wanted, "cidrBlock": "10.41.0.0/16"})[1] == ["cidrBlock"]
    assert trial.imported(VPC, vpc.id).inputs["cidrBlock"] == "10.40.0.0/16"
    goes(trial, vpc)


def test_tags_put_on_by_hand_are_drift_and_those_of_aws_are_not(trial: Trial) -> None:
    by_eks = {"Key": "aws:eks:cluster-name", "Value": "mlops"}
    assert tags_of({"Tags": [by_eks, {"Key": "a", "Value": "1"}]}) == {"a": "1"}
    vpc = vpc_of(trial)
    trial.client("ec2").create_tags(Resources=[vpc.id], Tags=[{"Key": "by", "Value": "hand"}])
    trial.refresh(vpc)
    assert vpc.inputs["tags"] == {"by": "hand"}
    trial.update(vpc, {"cidrBlock": "10.40.0.0/16"})
    assert vpc.outputs["tagsAll"] == {}


def test_a_subnet_lives_its_whole_life(trial: Trial) -> None:
    vpc = vpc_of(trial)
    wanted: dict[str, Any] = {
        "vpcId": vpc.id,
        "cidrBlock": "10.40.1.0/24",
        "availabilityZone": "eu-central-1b",
        "mapPublicIpOnLaunch": False,
        "tags": {"kubernetes.io/role/internal-elb": "1"},
    }
    subnet = trial.create(SUBNET, wanted)
    stays(trial, subnet, wanted)
    trial.update(subnet, {**wanted, "mapPublicIpOnLaunch": True})
    assert subnet.outputs["mapPublicIpOnLaunch"]
    assert trial.diff(subnet, {**wanted, "availabilityZone": "eu-central-1a"})[1] == ["availabilityZone"]
    goes(trial, subnet)


def test_a_subnet_gets_another_route_table_in_place(trial: Trial) -> None:
    vpc = vpc_of(trial)
    subnet = subnet_of(trial, vpc)
    first, second = (trial.create(TABLE, {"vpcId": vpc.id, "tags": {"Name": name}}) for name in "ab")
    stays(trial, first, {"vpcId": vpc.id, "tags": {"Name": "a"}})
    association = trial.create(ASSOCIATION, {"subnetId": subnet.id, "routeTableId": first.id})
    stays(trial, association, {"subnetId": subnet.id, "routeTableId": first.id})
    trial.update(association, {"subnetId": subnet.id, "routeTableId": second.id})
    stays(trial, association, {"subnetId": subnet.id, "routeTableId": second.id})
    assert trial.imported(ASSOCIATION, f"{subnet.id}/{second.id}").inputs["routeTableId"] == second.id
    goes(trial, association, first, second)


def test_a_route_leads_elsewhere_in_place(trial: Trial) -> None:
    vpc = vpc_of(trial)
    subnet, table = subnet_of(trial, vpc), trial.create(TABLE, {"vpcId": vpc.id})
    internet = trial.create(INTERNET, {"vpcId": vpc.id, "tags": {"a": "1"}})
    stays(trial, internet, {"vpcId": vpc.id, "tags": {"a": "1"}})
    address = trial.create(ADDRESS, {"domain": "vpc", "tags": {"a": "1"}})
    through = {"subnetId": subnet.id, "allocationId": address.id, "tags": {"a": "1"}}
    nat = trial.create(NAT, through)
    stays(trial, nat, through)
    stays(trial, address, {"domain": "vpc", "tags": {"a": "1"}})
    assert nat.outputs["publicIp"] == address.outputs["publicIp"]
    to = {"routeTableId": table.id, "destinationCidrBlock": "0.0.0.0/0"}
    route = trial.create(ROUTE, {**to, "gatewayId": internet.id})
    # The official plugin's id for this destination.
    assert route.id == f"r-{table.id}1080289494"
    stays(trial, route, {**to, "gatewayId": internet.id})
    trial.update(route, {**to, "natGatewayId": nat.id})
    stays(trial, route, {**to, "natGatewayId": nat.id})
    found = trial.imported(ROUTE, f"{table.id}_0.0.0.0/0")
    assert found.inputs == {**to, "natGatewayId": nat.id, "region": "eu-central-1"}
    goes(trial, route, nat, address, internet)


def test_an_endpoint_of_a_gateway_tells_its_prefix_list_and_changes_in_place(trial: Trial) -> None:
    vpc = vpc_of(trial)
    tables = [trial.create(TABLE, {"vpcId": vpc.id}).id for _ in range(2)]
    policy = '{"Version": "2012-10-17", "Statement": []}'
    wanted = {"vpcId": vpc.id, "serviceName": S3, "vpcEndpointType": "Gateway", "routeTableIds": tables}
    endpoint = trial.create(ENDPOINT, {**wanted, "policy": policy, "tags": {"a": "1"}})
    stays(trial, endpoint, {**wanted, "routeTableIds": tables[::-1], "policy": policy, "tags": {"a": "1"}})
    assert endpoint.outputs["prefixListId"].startswith("pl-")
    fewer = {**wanted, "routeTableIds": tables[:1]}
    trial.update(endpoint, {**fewer, "policy": policy.replace("[]", '[{"Effect": "Deny"}]')})
    assert endpoint.outputs["routeTableIds"] == tables[:1]
    assert "Deny" in endpoint.outputs["policy"]
    goes(trial, endpoint)


def test_an_endpoint_of_interfaces_follows_the_subnets(trial: Trial) -> None:
    vpc = vpc_of(trial)
    subnets = [subnet_of(trial, vpc, third).id for third in range(2)]
    group = trial.client("ec2").create_security_group(VpcId=vpc.id, GroupName="e", Description="e")["GroupId"]
    wanted: dict[str, Any] = {
        "vpcId": vpc.id,
        "serviceName": "com.amazonaws.eu-central-1.eks-auth",
        "vpcEndpointType": "Interface",
        "privateDnsEnabled": True,
        "subnetIds": subnets[:1],
        "securityGroupIds": [group],
    }
    endpoint = trial.create(ENDPOINT, wanted)
    stays(trial, endpoint, wanted)
    trial.update(endpoint, {**wanted, "subnetIds": subnets})
    stays(trial, endpoint, {**wanted, "subnetIds": subnets})
    assert trial.diff(endpoint, {**wanted, "serviceName": S3})[1] == ["serviceName"]
    goes(trial, endpoint)


def test_a_flow_log_is_replaced_by_any_change_but_tags(trial: Trial) -> None:
    vpc = vpc_of(trial)
    wanted = {
        "vpcId": vpc.id,
        "trafficType": "ALL",
        "logDestinationType": "cloud-watch-logs",
        "logDestination": "arn:aws:logs:eu-central-1:123456789012:log-group:/trial/flow",
        "iamRoleArn": "arn:aws:iam::123456789012:role/flow",
    }
    log = trial.create(FLOW_LOG, wanted)
    stays(trial, log, wanted)
    trial.update(log, {**wanted, "tags": {"a": "1"}})
    assert log.outputs["tagsAll"] == {"a": "1"}
    assert trial.diff(log, {**wanted, "trafficType": "REJECT"})[1] == ["trafficType"]
    with pytest.raises(Refused, match="FlowLogAlreadyExists"):
        trial.create(FLOW_LOG, wanted)
    goes(trial, log)


def test_what_is_still_in_use_goes_as_soon_as_its_user_is_gone(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    vpc = vpc_of(trial)
    subnet, table = subnet_of(trial, vpc), trial.create(TABLE, {"vpcId": vpc.id})
    used = trial.create(ASSOCIATION, {"subnetId": subnet.id, "routeTableId": table.id})
    told: list[str] = []

    def leave(_log: EngineLog, _urn: str, message: str) -> None:
        told.append(message)
        trial.client("ec2").disassociate_route_table(AssociationId=used.id)

    monkeypatch.setattr(EngineLog, "status", leave)
    trial.delete(table)
    assert told == ["waiting: what was in it is still going"]
