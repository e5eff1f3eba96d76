"""IAM policy documents as typed statements. Pure but for the JSON, which may hold ARNs that are not known yet.

`pulumi_aws.iam.PolicyDocumentArgs` raises on lists of actions; this is all we need of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi

Value = pulumi.Input[str]
Condition = Mapping[str, Mapping[str, Value | Sequence[Value]]]
EVERYONE: Mapping[str, str] = {"AWS": "*"}


@dataclass(frozen=True)
class Statement:
    """Actions on resources. `resources` is empty only in a trust policy, `principals` only in an identity's policy.

    `"*"` as a resource is accepted by the guardrails only for the actions of `infra/foundation/wildcards.py`, each with
    its reason there.
    """

    sid: str
    actions: Sequence[str]
    resources: Sequence[Value] = ()
    principals: Mapping[str, Value | Sequence[Value]] = field(default_factory=dict)
    conditions: Condition = field(default_factory=dict)
    effect: str = "Allow"

    def document(self) -> dict[str, Any]:
        parts: dict[str, Any] = {"Sid": self.sid, "Effect": self.effect}
        if self.principals:
            parts["Principal"] = dict(self.principals)
        parts["Action"] = list(self.actions)
        if self.resources:
            parts["Resource"] = list(self.resources)
        if self.conditions:
            parts["Condition"] = {operator: dict(keys) for operator, keys in self.conditions.items()}
        return parts


def document(statements: Sequence[Statement]) -> pulumi.Output[str]:
    """The JSON of a policy."""
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [each.document() for each in statements]})


def trust(service: str, *, also: Sequence[str] = (), conditions: Condition | None = None) -> pulumi.Output[str]:
    """Who may become a role: one AWS service. Conditions narrow it to this account where the service sends them."""
    return document(
        [Statement("Assume", ["sts:AssumeRole", *also], principals={"Service": service}, conditions=conditions or {})]
    )


def deny_insecure_transport(*arns: Value) -> Statement:
    """Refuses whoever does not come over TLS: for buckets, queues and topics."""
    return Statement(
        "DenyInsecureTransport",
        ["*"],
        arns,
        principals=EVERYONE,
        conditions={"Bool": {"aws:SecureTransport": "false"}},
        effect="Deny",
    )
