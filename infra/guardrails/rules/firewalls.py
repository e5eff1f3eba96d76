"""Security groups: from where traffic may come."""

from collections.abc import Iterator, Sequence
from ipaddress import IPv6Network, ip_network

from infra.guardrails.rules import aws
from infra.guardrails.rules.expect import items, must_have
from infra.guardrails.rules.relations import of_type, parts
from infra.guardrails.rules.rule import Object, Rule, StackRule, at

# Wider than any range a company owns or a private network has: two halves of the internet are the internet.
_WIDEST = 8
_WIDEST_V6 = 32


def everywhere(cidr: str) -> bool:
    """Whether a range is so wide that it says nothing of who may come."""
    try:
        network = ip_network(cidr, strict=False)
    except ValueError:
        # AWS refuses it.
        return False
    return network.prefixlen < (_WIDEST_V6 if isinstance(network, IPv6Network) else _WIDEST)


def _ranges(it: Object) -> Iterator[str]:
    if it.type == aws.FIREWALL_INGRESS:
        found = [at(it.props, "cidrIpv4"), at(it.props, "cidrIpv6")]
    elif it.type == aws.FIREWALL:
        inline = items(at(it.props, "ingress"))
        found = [cidr for rule in inline for key in ("cidrBlocks", "ipv6CidrBlocks") for cidr in items(at(rule, key))]
    else:
        return
    yield from (cidr for cidr in found if isinstance(cidr, str))


def _closed_to_the_world(it: Object) -> Iterator[str]:
    for cidr in filter(everywhere, _ranges(it)):
        yield f"{cidr} may come in: name a security group with referencedSecurityGroupId, or a smaller range"


def _named_traffic(it: Object) -> Iterator[str]:
    one = it.type in (aws.FIREWALL_INGRESS, aws.FIREWALL_EGRESS)
    if one and at(it.props, "ipProtocol") == "-1" and not at(it.props, "referencedSecurityGroupId"):
        yield "all protocols are open to a range: name ipProtocol, fromPort and toPort"


def _described(it: Object) -> Iterator[str]:
    if it.type in (aws.FIREWALL, aws.FIREWALL_INGRESS, aws.FIREWALL_EGRESS):
        yield from must_have(it.props, "description", "who may talk to whom, and why", "nobody will dare to remove it")


def _default_is_closed(stack: Sequence[Object]) -> Iterator[tuple[Object, str]]:
    for network in of_type(stack, aws.NETWORK):
        closed = [
            it
            for it in parts(stack, network, aws.DEFAULT_FIREWALL, "vpcId", "id")
            if not items(it.props.get("ingress")) and not items(it.props.get("egress"))
        ]
        if not closed:
            yield (
                network,
                "its default security group lets everything in the group talk: take it over with a"
                " DefaultSecurityGroup without ingress and egress",
            )


FIREWALL_RULES = (
    Rule("nobody-comes-in-from-everywhere", "No ingress from the whole internet.", _closed_to_the_world),
    Rule("firewalls-name-their-traffic", "What is open to a range is a protocol and ports.", _named_traffic),
    Rule("firewalls-are-described", "Every security group and rule says what it is for.", _described),
)
default_firewalls_are_closed = StackRule(
    "default-firewalls-are-closed", "The default security group of every VPC allows nothing.", _default_is_closed
)
