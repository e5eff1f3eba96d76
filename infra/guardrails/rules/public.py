"""Nothing on AWS is reachable, or gives anything, to people it does not know."""

from collections.abc import Iterator

from infra.guardrails.rules import aws
from infra.guardrails.rules.expect import items, must_be, must_have
from infra.guardrails.rules.firewalls import everywhere
from infra.guardrails.rules.rule import UNKNOWN, Object, Rule, at

_AUTHORIZERS = ("AWS_IAM", "JWT", "CUSTOM")


def _private_database(it: Object) -> Iterator[str]:
    if it.type == aws.DATABASE:
        yield from must_be(it.props, "publiclyAccessible", False, "the database would have a public address")
        why = "it would stand in AWS' default network"
        yield from must_have(it.props, "dbSubnetGroupName", "a group of our isolated subnets", why)
        yield from must_have(it.props, "vpcSecurityGroupIds", "the group that says who may connect", why)


def _private_api(it: Object) -> Iterator[str]:
    if it.type == aws.CLUSTER:
        config = at(it.props, "vpcConfig") or {}
        yield from must_be(config, "endpointPrivateAccess", True, "nodes would reach the API over the internet")
        if at(config, "endpointPublicAccess") in (False, UNKNOWN):
            return
        ranges = at(config, "publicAccessCidrs")
        if ranges is None or ranges == []:
            yield (
                "the cluster's API would be open to the internet: set vpcConfig.endpointPublicAccess to false, or"
                " vpcConfig.publicAccessCidrs to the ranges that may reach it"
            )
        for cidr in filter(everywhere, (each for each in items(ranges) if isinstance(each, str))):
            yield f"vpcConfig.publicAccessCidrs lets {cidr} reach the cluster's API: name smaller ranges"


def _no_public_addresses(it: Object) -> Iterator[str]:
    if it.type == aws.SUBNET:
        yield from must_be(it.props, "mapPublicIpOnLaunch", False, "machines in this subnet would get public addresses")
    if it.type == aws.NODE_TEMPLATE:
        for interface in items(it.props.get("networkInterfaces")):
            yield from must_be(interface, "associatePublicIpAddress", "false", "nodes would get public addresses")


def _authorised(it: Object) -> Iterator[str]:
    if it.type == aws.API_ROUTE:
        found = at(it.props, "authorizationType")
        if isinstance(found, str | None) and found not in _AUTHORIZERS:
            allowed = " or ".join(_AUTHORIZERS)
            yield f"anybody could call {it.props.get('routeKey')!r}: set authorizationType to {allowed}"


def _models_inside(it: Object) -> Iterator[str]:
    if it.type == aws.MODEL:
        yield from must_have(
            it.props, "vpcConfig", "our subnets and a security group", "the model runs outside our VPC"
        )


PUBLIC_RULES = (
    Rule("databases-are-private", "Databases stand in our network, without a public address.", _private_database),
    Rule("cluster-apis-are-private", "The cluster's API is open to named ranges at most.", _private_api),
    Rule("machines-have-no-public-address", "No subnet or template gives public addresses.", _no_public_addresses),
    Rule("routes-are-authorised", "Nobody unknown calls an HTTP API.", _authorised),
    Rule("models-run-in-the-network", "SageMaker models run in our VPC.", _models_inside),
)
