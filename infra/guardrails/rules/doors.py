"""VPC endpoints: the doors from our network to AWS."""

from collections.abc import Iterator

from infra.guardrails.rules import aws
from infra.guardrails.rules.expect import must_be, must_have
from infra.guardrails.rules.rule import UNKNOWN, Object, Rule
from infra.guardrails.rules.statements import statements

_OURS = ("aws:ResourceAccount", "aws:ResourceOrgID", "aws:PrincipalAccount", "aws:PrincipalOrgID")


def _lead_home(it: Object) -> Iterator[str]:
    if it.type == aws.DOOR and it.props.get("vpcEndpointType") == "Gateway":
        policy = it.props.get("policy")
        if not policy:
            yield "whoever gets in carries our data to a bucket of his own: set a policy with aws:ResourceAccount"
        for each in statements(policy) if policy is not UNKNOWN else ():
            if each.allows and "*" in each.resources and not each.narrows(*_OURS):
                yield f"{each.label} leads to all resources: name some, or add a condition on aws:ResourceAccount"


def _closed(it: Object) -> Iterator[str]:
    if it.type == aws.DOOR and it.props.get("vpcEndpointType") == "Interface":
        why = "programs would go past it, over the internet"
        yield from must_be(it.props, "privateDnsEnabled", True, why)
        why = "the default group of the network would say who may use it"
        yield from must_have(it.props, "securityGroupIds", "the group of the endpoints", why)


DOOR_RULES = (
    Rule("gateways-lead-to-our-account", "Nobody carries data to buckets of others.", _lead_home),
    Rule("endpoints-are-used-and-guarded", "Calls to AWS stay inside, by whom we let.", _closed),
)
