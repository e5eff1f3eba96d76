"""Who administers an EKS cluster."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.foundation.cloud import Cloud
from infra.foundation.component import Component

POLICY = "eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"


@dataclass(frozen=True)
class AdministratorsArgs:
    """`principals` are ARNs of IAM roles and users.

    Whoever runs `pulumi up` must be among them: who makes a cluster is no administrator by that.
    """

    cloud: Cloud
    cluster: pulumi.Input[str]
    principals: Sequence[str]


class Administrators(Component, domain="cluster"):
    """Owns an access entry for each administrator. Does not own those of nodes, which EKS makes with their groups."""

    def __init__(self, name: str, args: AdministratorsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.ready: list[pulumi.Resource] = []
        for principal in args.principals:
            who = f"{name}-{label(principal)}"
            entry = aws.eks.AccessEntry(
                who,
                cluster_name=args.cluster,
                principal_arn=principal,
                type="STANDARD",
                tags=args.cloud.tagged(name),
                opts=self.child(),
            )
            policy = aws.eks.AccessPolicyAssociation(
                f"{who}-policy",
                cluster_name=args.cluster,
                principal_arn=entry.principal_arn,
                policy_arn=f"arn:{args.cloud.partition}:{POLICY}",
                access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(type="cluster"),
                opts=self.child(entry),
            )
            self.ready += [entry, policy]
        self.register_outputs({})


def label(principal: str) -> str:
    """Account, kind and name of an IAM principal, as part of a resource's name: `111122223333-role-deployer`."""
    _arn, _partition, _service, _region, account, resource = principal.split(":", 5)
    return f"{account}-{resource.replace('/', '-')}"
