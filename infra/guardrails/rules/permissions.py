"""What roles may do, and what may be done to things: by name, or with a reason in `infra/foundation/wildcards.py`."""

import re
from collections.abc import Iterator

from infra.foundation.wildcards import MANAGED_POLICIES, WITHOUT_RESOURCE
from infra.guardrails.rules import aws
from infra.guardrails.rules.expect import items
from infra.guardrails.rules.rule import Object, Rule
from infra.guardrails.rules.statements import Statement, granted, trusted

_TABLE = "infra/foundation/wildcards.py"
# `*`, or an ARN of everything in a service (arn:aws:s3:::*) or of a type (arn:aws:iam::123456789012:role/*).
_ANYTHING = re.compile(r"^(\*|arn:[^:]*:[^:]*:[^:]*:[^:]*:\*|arn:[^:]*:[^:]*:[^:]*:[0-9]{12}:[a-z-]+[/:]\*)$")
_ROOT = re.compile(r"^arn:[^:]*:iam::[0-9]{12}:root$")
# Whose documents say `*` of one thing: AWS reads it as the very thing that the policy is attached to.
_OF_ITSELF = (aws.KEY, aws.REPOSITORY_POLICY)


def _named_actions(it: Object) -> Iterator[str]:
    for each in (*granted(it), *trusted(it)):
        for key in each.negated:
            yield f"{each.label} allows all but what {key} lists, also what AWS adds tomorrow: list what is allowed"
        for action in each.actions:
            if "*" in action and not _keeps_the_key_reachable(it, each, action):
                yield f"{each.label} allows {action}, also what AWS adds to it tomorrow: name the actions"


def _keeps_the_key_reachable(it: Object, statement: Statement, action: str) -> bool:
    """A key whose policy does not let its account in can never be changed again: AWS' own advice."""
    who = [who for _, who in statement.principals]
    return it.type == aws.KEY and action == "kms:*" and bool(who) and all(_ROOT.match(each) for each in who)


def _named_resources(it: Object) -> Iterator[str]:
    if it.type not in _OF_ITSELF:
        for each in granted(it):
            for resource in filter(_ANYTHING.match, each.resources):
                yield from _without_reason(each, resource)


def _without_reason(statement: Statement, resource: str) -> Iterator[str]:
    for action in statement.actions:
        reason = WITHOUT_RESOURCE.get(action)
        if reason is None:
            yield (
                f"{statement.label} allows {action} on {resource}: name the resources, or, if AWS knows none for it,"
                f" give the action a reason in {_TABLE}"
            )
        elif reason.condition and not statement.narrows(reason.condition):
            yield f"{statement.label} allows {action} on {resource} without a condition on {reason.condition}: add it"


def _reasoned_policies(it: Object) -> Iterator[str]:
    attached = items(it.props.get("policyArn")) if it.type == aws.ROLE_ATTACHMENT else []
    listed = items(it.props.get("managedPolicyArns")) if it.type == aws.ROLE else []
    for arn in (*attached, *listed):
        name = str(arn).partition(":policy/")[2].rsplit("/", 1)[-1]
        if name not in MANAGED_POLICIES:
            yield (
                f"nobody here wrote what {arn} allows: list the actions in a RolePolicy, or give the policy a reason in"
                f" {_TABLE}"
            )


PERMISSION_RULES = (
    Rule("permissions-name-actions", "No permission has a wildcard for an action.", _named_actions),
    Rule("permissions-name-resources", "No permission is for everything there is.", _named_resources),
    Rule("attached-policies-have-a-reason", "No policy of others without a written reason.", _reasoned_policies),
)
