"""Whom an owner can grant something: a workload's identity, or the role of a function or an endpoint."""

from collections.abc import Sequence
from typing import Protocol

import pulumi
import pulumi_aws as aws

from infra.foundation.policy_document import Statement, document


class Identity(Protocol):
    """Whatever takes statements itself, as `WorkloadIdentity` does."""

    def grant(self, name: str, statements: Sequence[Statement]) -> object:
        """Lets it do this; `name` says what of whom, once per identity."""


Grantee = Identity | aws.iam.Role


def grant(to: Grantee, name: str, statements: Sequence[Statement], opts: pulumi.ResourceOptions) -> None:
    """Lets `to` do this. A plain role gets an inline policy made with `opts`, named after both."""
    if isinstance(to, aws.iam.Role):
        aws.iam.RolePolicy(f"{to.pulumi_resource_name}-{name}", role=to.name, policy=document(statements), opts=opts)
    else:
        to.grant(name, statements)
