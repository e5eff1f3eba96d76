"""Claims about the VPC."""

from __future__ import annotations

import json
from ipaddress import IPv4Network
from typing import Any

import pulumi
import pytest

from infra.foundation.cloud import Cloud, tags
from infra.foundation.durability import Durability
from infra.network.endpoints import s3_policy
from infra.network.network import Network, NetworkArgs
from infra.network.plan import Nat, plan
from infra.network.services import services
from infra.network.traffic import GROUPS, Place, traffic
from infra.settings.network import NetworkSettings
from tests.support.recording import Recorded, Recording, record

ACCOUNT, REGION = "111122223333", "eu-central-1"
CIDR = "10.40.0.0/16"
ZONES = (f"{REGION}a", f"{REGION}b", f"{REGION}c")
CLOUD = Cloud(ACCOUNT, REGION, "mlops-dev", Durability.DISPOSABLE, tags("dev", "ml", "42"))
KEY = "arn:aws:kms:eu-central-1:111122223333:key/logs"
NATS: tuple[Nat, ...] = ("none", "single", "perZone")


def program(nat: Nat) -> None:
    settings = NetworkSettings.model_validate({"cidr": CIDR, "zones": ZONES, "nat": nat, "flowLogDays": 30})
    network = Network("network", NetworkArgs(CLOUD, settings, KEY))
    pulumi.export("vpc", network.vpc_id)
    pulumi.export("private", network.private_subnets)
    pulumi.export("database", network.database_subnets)
    pulumi.export("cidrs", [network.private_cidrs, network.database_cidrs])
    pulumi.export("groups", network.groups)


@pytest.fixture(scope="module", params=NATS)
def network(request: pytest.FixtureRequest) -> Recording:
    return record(lambda: program(request.param))


@pytest.fixture(scope="module")
def closed() -> Recording:
    return record(lambda: program("none"))


def by_nat(nat: Nat) -> Recording:
    return record(lambda: program(nat))


def table_of(network: Recording, subnet: Recorded) -> str:
    (found,) = [
        each.inputs["routeTableId"]
        for each in network.of_kind("RouteTableAssociation")
        if each.inputs["subnetId"] == f"{subnet.name}-id"
    ]
    return str(found)


def routes(network: Recording, subnet: Recorded) -> list[dict[str, Any]]:
    table = table_of(network, subnet)
    return [route.inputs for route in network.of_kind("Route") if route.inputs["routeTableId"] == table]


def subnets(network: Recording, purpose: str) -> list[Recorded]:
    return [
        each for each in network.of_kind("Subnet") if each.inputs["tags"]["Name"].startswith(f"mlops-dev-{purpose}-")
    ]


def test_others_get_the_subnets_of_every_zone_and_their_ranges(network: Recording) -> None:
    planned = plan(CIDR, ZONES)
    assert network.outputs["vpc"] == "network-vpc-id"
    assert network.outputs["private"] == [f"network-{zone}-private-id" for zone in ZONES]
    assert network.outputs["database"] == [f"network-{zone}-database-id" for zone in ZONES]
    assert [list(each) for each in network.outputs["cidrs"]] == [
        list(planned.private_cidrs),
        list(planned.database_cidrs),
    ]
    assert network.outputs["groups"] == {group: f"network-group-{group}-id" for group in GROUPS}


def test_no_machine_gets_a_public_address(network: Recording) -> None:
    assert all(subnet.inputs["mapPublicIpOnLaunch"] is False for subnet in network.of_kind("Subnet"))


def test_databases_have_no_way_out(network: Recording) -> None:
    databases = subnets(network, "database")
    assert len(databases) == len(ZONES)
    for subnet in databases:
        assert table_of(network, subnet) == "network-isolated-id"
        assert routes(network, subnet) == []


@pytest.mark.parametrize(("nat", "gateways"), [("none", 0), ("single", 1), ("perZone", 3)])
def test_the_setting_says_how_many_gateways_there_are(nat: Nat, gateways: int) -> None:
    network = by_nat(nat)
    assert len(network.of_kind("NatGateway")) == len(network.of_kind("Eip")) == gateways
    assert len(subnets(network, "public")) == gateways
    assert len(network.of_kind("InternetGateway")) == (0 if nat == "none" else 1)


def test_without_nat_nothing_leads_to_the_internet(closed: Recording) -> None:
    assert closed.of_kind("Route", "InternetGateway", "NatGateway", "Eip") == []
    assert "0.0.0.0/0" not in json.dumps([each.inputs for each in closed.resources], default=str)


@pytest.mark.parametrize(("nat", "through"), [("single", [f"{REGION}a"] * 3), ("perZone", list(ZONES))])
def test_private_subnets_go_out_through_the_gateway_of_the_plan(nat: Nat, through: list[str]) -> None:
    network = by_nat(nat)
    found = [routes(network, network.one("Subnet", f"network-{zone}-private")) for zone in ZONES]
    assert [[route["natGatewayId"] for route in each] for each in found] == [
        [f"network-internet-{zone}-id"] for zone in through
    ]
    for gateway in network.of_kind("NatGateway"):
        assert network.waits_for(gateway, network.one("Route", "network-internet-public"))


def test_the_cluster_finds_private_subnets_for_its_load_balancers_and_no_others(network: Recording) -> None:
    tagged = {
        subnet.name
        for subnet in network.of_kind("Subnet")
        if "kubernetes.io/role/internal-elb" in subnet.inputs["tags"]
    }
    assert tagged == {f"network-{zone}-private" for zone in ZONES}
    assert all("kubernetes.io/role/elb" not in subnet.inputs["tags"] for subnet in network.of_kind("Subnet"))
    private = network.one("Subnet", f"network-{ZONES[0]}-private")
    assert private.inputs["tags"]["kubernetes.io/cluster/mlops-dev-cluster"] == "shared"


def test_aws_own_group_allows_nothing(network: Recording) -> None:
    inputs = network.one("DefaultSecurityGroup", "network-default").inputs
    assert (inputs["vpcId"], inputs["ingress"], inputs["egress"]) == ("network-vpc-id", [], [])


def test_every_row_of_the_table_is_a_rule_at_both_ends_and_there_is_no_other_rule(closed: Recording) -> None:
    ids = {f"network-group-{group}-id": group for group in GROUPS}
    rows = list(traffic(internet=False))

    def ends(kind: str) -> set[tuple[str, str, int | None]]:
        return {
            (ids[rule.inputs["securityGroupId"]], ids[peer], rule.inputs.get("fromPort"))
            for rule in closed.of_kind(kind)
            if (peer := rule.inputs.get("referencedSecurityGroupId"))
        }

    between = [row for row in rows if row.target in GROUPS]
    assert ends("SecurityGroupIngressRule") == {(row.target, row.source, row.port) for row in between}
    assert ends("SecurityGroupEgressRule") == {(row.source, row.target, row.port) for row in between}
    assert len(closed.of_kind("SecurityGroupIngressRule")) == len(between)
    balancers = sum(row.target is Place.BALANCERS for row in rows)
    assert len(closed.of_kind("SecurityGroupEgressRule")) == len(rows) + balancers * (len(ZONES) - 1)
    assert all("ingress" not in each.inputs and "egress" not in each.inputs for each in closed.of_kind("SecurityGroup"))


def test_nobody_comes_in_by_an_address(network: Recording) -> None:
    for rule in network.of_kind("SecurityGroupIngressRule"):
        assert rule.inputs["referencedSecurityGroupId"].startswith("network-group-")
        assert "cidrIpv4" not in rule.inputs, rule.name


def test_a_rule_is_for_one_port_or_for_a_group_itself(network: Recording) -> None:
    for rule in network.of_kind("SecurityGroupIngressRule", "SecurityGroupEgressRule"):
        if rule.inputs["ipProtocol"] == "-1":
            assert rule.inputs["securityGroupId"] == rule.inputs["referencedSecurityGroupId"], rule.name
        else:
            assert (rule.inputs["ipProtocol"], rule.inputs["fromPort"]) == ("tcp", rule.inputs["toPort"]), rule.name


def test_balancers_are_reached_where_they_stand(network: Recording) -> None:
    allowed = {
        rule.inputs["cidrIpv4"]
        for rule in network.of_kind("SecurityGroupEgressRule")
        if rule.name.startswith("network-group-functions-to-balancers")
    }
    assert allowed == set(plan(CIDR, ZONES).private_cidrs)


def test_only_nodes_may_call_the_internet_and_only_over_tls() -> None:
    everywhere = [
        rule
        for rule in by_nat("single").of_kind("SecurityGroupEgressRule")
        if (cidr := rule.inputs.get("cidrIpv4")) and IPv4Network(cidr).prefixlen < 16
    ]
    assert [(rule.inputs["securityGroupId"], rule.inputs["fromPort"]) for rule in everywhere] == [
        ("network-group-nodes-id", 443)
    ]


def test_services_are_reached_inside_under_their_own_names(closed: Recording) -> None:
    interfaces = [each for each in closed.of_kind("VpcEndpoint") if each.inputs["vpcEndpointType"] == "Interface"]
    assert sorted(each.inputs["serviceName"] for each in interfaces) == [
        f"com.amazonaws.{REGION}.{service}" for service in services("none")
    ]
    for endpoint in interfaces:
        assert endpoint.inputs["privateDnsEnabled"] is True
        assert endpoint.inputs["subnetIds"] == [f"network-{zone}-private-id" for zone in ZONES]
        assert endpoint.inputs["securityGroupIds"] == ["network-group-endpoints-id"]
    vpc = closed.one("Vpc", "network-vpc").inputs
    assert (vpc["cidrBlock"], vpc["enableDnsSupport"], vpc["enableDnsHostnames"]) == (CIDR, True, True)


def test_s3_is_reached_from_private_subnets_only_and_by_whoever_may_by_its_prefix_list(closed: Recording) -> None:
    endpoint = closed.one("VpcEndpoint", "network-s3-endpoint").inputs
    assert endpoint["vpcEndpointType"] == "Gateway"
    assert endpoint["routeTableIds"] == [f"network-{zone}-private-id" for zone in ZONES]
    by_list = {
        rule.name: rule.inputs["prefixListId"]
        for rule in closed.of_kind("SecurityGroupEgressRule")
        if "prefixListId" in rule.inputs
    }
    assert by_list == {f"network-group-{group}-to-s3": "pl-s3" for group in ("nodes", "functions", "sagemaker")}


def test_no_bucket_of_a_stranger_is_reached_but_the_one_with_the_layers_of_images() -> None:
    own, layers = (statement.document() for statement in s3_policy(CLOUD))
    assert own["Condition"] == {"StringEquals": {"aws:ResourceAccount": ACCOUNT}}
    assert (layers["Action"], layers["Resource"]) == (
        ["s3:GetObject"],
        ["arn:aws:s3:::prod-eu-central-1-starport-layer-bucket/*"],
    )


def test_all_traffic_is_recorded_encrypted_and_for_as_long_as_the_setting_says(closed: Recording) -> None:
    log = closed.one("FlowLog", "network-flow-log")
    assert (log.inputs["trafficType"], log.inputs["vpcId"]) == ("ALL", "network-vpc-id")
    group = closed.one("LogGroup", "network-flow-group").inputs
    assert (group["name"], group["kmsKeyId"], group["retentionInDays"]) == ("/mlops-dev/flow-logs", KEY, 30)
    assert closed.waits_for(log, closed.one("RolePolicy", "network-flow-write"))


def test_the_writer_of_flow_logs_acts_for_this_account_and_writes_one_group(closed: Recording) -> None:
    trust = json.loads(closed.one("Role", "network-flow-role").inputs["assumeRolePolicy"])["Statement"]
    assert [each["Principal"] for each in trust] == [{"Service": "vpc-flow-logs.amazonaws.com"}]
    assert trust[0]["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc-flow-log/*"},
    }
    write, find = json.loads(closed.one("RolePolicy", "network-flow-write").inputs["policy"])["Statement"]
    assert write["Resource"] == [f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/mlops-dev/flow-logs:*"]
    assert (find["Action"], find["Resource"]) == (["logs:DescribeLogGroups"], ["*"])


UNTAGGED = ("Route", "RouteTableAssociation", "RolePolicy")


def test_everything_that_can_be_is_tagged(network: Recording) -> None:
    for resource in network.resources:
        if resource.type.startswith("aws:") and resource.kind not in UNTAGGED:
            assert {**CLOUD.tagged(""), "Name": ""}.keys() <= resource.inputs["tags"].keys(), resource.name


def test_everything_belongs_to_the_network_and_is_complete(network: Recording) -> None:
    components = {each.urn for each in network.components()}
    assert components <= network.completed
    assert all(each.parent in components for each in network.resources if each.type.startswith("aws:"))
