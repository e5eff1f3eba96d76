"""Who a policy lets in. `*` is everybody in the world, and a service is every customer of it."""

from collections.abc import Iterator

from infra.guardrails.rules import aws
from infra.guardrails.rules.rule import Object, Rule, at
from infra.guardrails.rules.statements import granted, trusted

_PEOPLE = (
    "aws:PrincipalOrgID", "aws:PrincipalAccount", "aws:SourceAccount", "aws:SourceArn", "aws:SourceOwner",
    "aws:SourceVpc", "aws:SourceVpce", "kms:CallerAccount",
)  # fmt: skip
_OWNERS = ("aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID")
# KMS is not here: not every service says for whom it asks for a key, and a service decrypts only what it stores itself.
_FOR_SERVICES = (aws.BUCKET_POLICY, aws.QUEUE_POLICY, aws.TOPIC_POLICY, aws.BUCKET, aws.QUEUE, aws.TOPIC)


def _known(it: Object) -> Iterator[str]:
    for each in (*granted(it), *trusted(it)):
        if each.everyone and not each.narrows(*_PEOPLE):
            yield (
                f"{each.label} allows everybody: name the principals, or add a condition such as aws:PrincipalAccount"
                " or aws:SourceArn"
            )
    if it.type == aws.FUNCTION_PERMISSION and at(it.props, "principal") == "*" and not at(it.props, "principalOrgId"):
        yield "everybody may call the function: set principal to one account or service"


def _ours(it: Object) -> Iterator[str]:
    if it.type in _FOR_SERVICES:
        for each in granted(it):
            services = [who for kind, who in each.principals if kind == "Service"]
            if services and not each.narrows(*_OWNERS):
                yield (
                    f"{each.label} lets {', '.join(services)} act for any account: add a condition on"
                    " aws:SourceAccount or aws:SourceArn"
                )
    if it.type == aws.FUNCTION_PERMISSION:
        service = str(at(it.props, "principal")).endswith(".amazonaws.com")
        if service and not at(it.props, "sourceArn") and not at(it.props, "sourceAccount"):
            yield "the service could call it for any account: set sourceArn or sourceAccount"


PRINCIPAL_RULES = (
    Rule("policies-name-who-may", "No policy allows everybody.", _known),
    Rule("services-act-for-this-account", "A service may act only on behalf of what is ours.", _ours),
)
