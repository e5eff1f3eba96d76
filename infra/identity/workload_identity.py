"""The AWS identity of one Kubernetes service account."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.foundation.cloud import Cloud
from infra.foundation.component import Component
from infra.foundation.policy_document import Statement, document, trust


@dataclass(frozen=True)
class WorkloadIdentityArgs:
    """The service account's place. `cluster` is the name that the cluster itself gives, so that it is made first."""

    cloud: Cloud
    cluster: pulumi.Input[str]
    namespace: str
    service_account: str


class WorkloadIdentity(Component, domain="identity"):
    """Owns a role that only pods of one service account in one cluster can become, by EKS Pod Identity.

    Does not own what the role may do: each owner of a resource grants on it. A pod gets the role when it starts, so
    pods of the service account come after `ready`.
    """

    def __init__(self, name: str, args: WorkloadIdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._name = name
        self._cloud = args.cloud
        tags = args.cloud.tagged(name)
        self.role = aws.iam.Role(
            f"{name}-role",
            assume_role_policy=pod_trust(args.cloud, args.cluster, args.namespace, args.service_account),
            tags=tags,
            opts=self.child(),
        )
        association = aws.eks.PodIdentityAssociation(
            f"{name}-association",
            cluster_name=args.cluster,
            namespace=args.namespace,
            service_account=args.service_account,
            role_arn=self.role.arn,
            tags=tags,
            opts=self.child(),
        )
        self._ready: list[pulumi.Resource] = [association]
        self.register_outputs({"roleArn": self.role.arn})

    @property
    def ready(self) -> tuple[pulumi.Resource, ...]:
        """The association and every grant so far."""
        return tuple(self._ready)

    def grant(self, name: str, statements: Sequence[Statement]) -> None:
        """Lets the service account do this; `name` says of whose resources it is, once per owner."""
        self._ready.append(
            aws.iam.RolePolicy(
                f"{self._name}-{name}", role=self.role.name, policy=document(statements), opts=self.child()
            )
        )

    def attach(self, policy: str) -> None:
        """Lets the service account do what a policy of AWS' own says, for software that AWS itself ships."""
        self._ready.append(
            aws.iam.RolePolicyAttachment(
                f"{self._name}-{policy}",
                role=self.role.name,
                policy_arn=f"arn:{self._cloud.partition}:iam::aws:policy/{policy}",
                opts=self.child(),
            )
        )


def pod_trust(cloud: Cloud, cluster: pulumi.Input[str], namespace: str, service_account: str) -> pulumi.Output[str]:
    """Who may become the role. The tags are those that EKS itself puts on every session of a pod."""
    return trust(
        "pods.eks.amazonaws.com",
        also=["sts:TagSession"],
        conditions={
            "StringEquals": {
                "aws:SourceAccount": cloud.account,
                "aws:RequestTag/eks-cluster-arn": pulumi.Output.format(cloud.arn("eks", "cluster/{0}"), cluster),
                "aws:RequestTag/kubernetes-namespace": namespace,
                "aws:RequestTag/kubernetes-service-account": service_account,
            }
        },
    )
