"""Who a policy lets in. `*` is everybody in the world, and a service is every customer of it."""

from collections.abc import Iterator

from infra.guardrails.rules import aws
from infra.guardrails.rules.rule import Object, Rule, at
from infra.guardrails.rules.statements import Statement, granted, trusted

_PEOPLE = (
    "aws:PrincipalOrgID", "aws:PrincipalAccount", "aws:PrincipalArn", "aws:SourceAccount", "aws:SourceArn",
    "aws:SourceOwner", "aws:SourceVpc", "aws:SourceVpce", "kms:CallerAccount",
)  # fmt: skip
_OWNERS = ("aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID")
# KMS is also told what a key is for.
_FOR_WHAT = "kms:EncryptionContext:"
# Services that become a role without saying for whom: a condition would lock them out.
_SILENT = ("ec2", "lambda", "s3")


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
    for each in (*granted(it), *trusted(it)):
        services = [
            who for who in each.services if it.type != aws.ROLE or who.partition(".amazonaws.")[0] not in _SILENT
        ]
        if services and not each.narrows(*_OWNERS) and not each.narrows(*_purposes(each)):
            yield (
                f"{each.label} lets {', '.join(services)} act for any account: add a condition on aws:SourceAccount"
                " or aws:SourceArn"
            )
    if it.type == aws.FUNCTION_PERMISSION:
        service = str(at(it.props, "principal")).endswith(".amazonaws.com")
        if service and not at(it.props, "sourceArn") and not at(it.props, "sourceAccount"):
            yield "the service could call it for any account: set sourceArn or sourceAccount"


def _purposes(statement: Statement) -> list[str]:
    keys = [key for tests in statement.conditions.values() for key in tests]
    return [key for key in keys if key.startswith(_FOR_WHAT)]


PRINCIPAL_RULES = (
    Rule("policies-name-who-may", "No policy allows everybody.", _known),
    Rule("services-act-for-this-account", "A service may act only on behalf of what is ours.", _ours),
)
