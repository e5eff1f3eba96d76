"""The statements of IAM policies, read from the JSON that resources carry."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from infra.guardrails.rules import aws
from infra.guardrails.rules.expect import items
from infra.guardrails.rules.rule import Object

# What a policy on the thing itself says, and to whom.
RESOURCE_POLICIES = (
    aws.BUCKET_POLICY, aws.QUEUE_POLICY, aws.TOPIC_POLICY, aws.REPOSITORY_POLICY,
    aws.BUCKET, aws.QUEUE, aws.TOPIC, aws.KEY,
)  # fmt: skip
_NEGATED = ("NotAction", "NotResource", "NotPrincipal")
# Operators that hold only if the request says something, and it is one of the values.
_NARROWING = ("StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike")


@dataclass(frozen=True)
class Statement:
    """One statement, with lists where IAM allows one or many."""

    sid: str
    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    principals: tuple[tuple[str, str], ...]
    conditions: Mapping[str, Mapping[str, Any]]
    negated: tuple[str, ...]

    @property
    def label(self) -> str:
        return f"statement {self.sid!r}" if self.sid else "a statement without Sid"

    @property
    def everyone(self) -> bool:
        return any(who == "*" for kind, who in self.principals if kind in ("AWS", "*"))

    @property
    def services(self) -> list[str]:
        return [who for kind, who in self.principals if kind == "Service"]

    def covers(self, action: str) -> bool:
        """Whether it is about this action. IAM compares actions without case."""
        return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in self.actions)

    def narrows(self, *keys: str) -> bool:
        """Whether a condition on one of the keys holds for some requests only."""
        wanted = {key.lower() for key in keys}
        for operator, tests in self.conditions.items():
            if operator.removeprefix("ForAnyValue:") in _NARROWING:
                for key, values in tests.items():
                    if key.lower() in wanted and items(values) and "*" not in items(values):
                        return True
        return False

    def refuses(self, action: str, key: str) -> bool:
        """Whether it denies everyone the action by a condition on that key."""
        keys = {each.lower() for tests in self.conditions.values() for each in tests}
        return not self.allows and self.everyone and self.covers(action) and key.lower() in keys

    @property
    def refuses_plain_http(self) -> bool:
        """Whether it denies everyone who does not come over TLS, without exception."""
        test = {key.lower(): items(value) for key, value in self.conditions.get("Bool", {}).items()}
        only = len(self.conditions) == 1 and list(test) == ["aws:securetransport"]
        return (
            not self.allows
            and self.everyone
            and only
            and [str(each).lower() for each in test.popitem()[1]] == ["false"]
        )


def statements(policy: Any) -> list[Statement]:
    """Those of one document; none of a document that is not known yet, or that AWS will refuse anyway."""
    document = parsed(policy) if isinstance(policy, str) else policy
    if not isinstance(document, Mapping):
        return []
    return [_statement(each) for each in items(document.get("Statement")) if isinstance(each, Mapping)]


def parsed(text: str) -> Any:
    """What JSON says; None if it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def granted(it: Object) -> Iterator[Statement]:
    """What a resource's documents allow: to the role they are of, or on the thing they are of."""
    for each in documents(it):
        if each.allows:
            yield each


def documents(it: Object) -> Iterator[Statement]:
    """All statements of a resource, but for whom a role trusts."""
    if it.type == aws.ROLE_POLICY or it.type in RESOURCE_POLICIES:
        yield from statements(it.props.get("policy"))
    if it.type == aws.ROLE:
        for inline in items(it.props.get("inlinePolicies")):
            yield from statements(inline.get("policy"))


def trusted(it: Object) -> Iterator[Statement]:
    """Whom a role trusts to become it."""
    if it.type == aws.ROLE:
        yield from statements(it.props.get("assumeRolePolicy"))


def _statement(parts: Mapping[str, Any]) -> Statement:
    principal = parts.get("Principal") or {}
    by_kind = {"*": principal} if isinstance(principal, str) else principal
    return Statement(
        sid=str(parts.get("Sid") or ""),
        allows=parts.get("Effect") == "Allow",
        actions=tuple(items(parts.get("Action"))),
        resources=tuple(items(parts.get("Resource"))),
        principals=tuple((kind, who) for kind, names in by_kind.items() for who in items(names)),
        conditions=parts.get("Condition") or {},
        negated=tuple(key for key in _NEGATED if key in parts),
    )
