"""The parts of Kubernetes that EKS installs into a cluster."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.foundation.cloud import Cloud
from infra.foundation.component import Component
from infra.foundation.policy_document import Statement
from infra.identity.workload_identity import WorkloadIdentity, WorkloadIdentityArgs

NAMESPACE = "kube-system"
# With it network policies are enforced; EKS ships it off.
NETWORK_POLICIES = {"enableNetworkPolicy": "true"}


@dataclass(frozen=True)
class AddOnsArgs:
    """`cluster` is the name that the cluster itself gives; the key is that of volumes."""

    cloud: Cloud
    cluster: pulumi.Input[str]
    volume_key: pulumi.Input[str]


class NodeAddOns(Component, domain="cluster"):
    """Owns what a node needs to become ready: network, services, and the agent that gives pods their identity.

    Each runs once on every node, so it can be made before there are nodes. Versions are those EKS chooses.
    """

    def __init__(self, name: str, args: AddOnsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        agent = _add_on(self, name, args, "eks-pod-identity-agent")
        network = _identity(self, name, args, "aws-node", "AmazonEKS_CNI_Policy")
        self.ready = [
            agent,
            _add_on(self, name, args, "kube-proxy"),
            _add_on(self, name, args, "vpc-cni", NETWORK_POLICIES, after=[agent, *network.ready]),
        ]
        self.register_outputs({})


class ClusterAddOns(Component, domain="cluster"):
    """Owns what runs on nodes for all of the cluster: DNS, metrics for autoscalers, volumes.

    Does not own the storage class of the volumes.
    """

    def __init__(
        self,
        name: str,
        args: AddOnsArgs,
        nodes: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, opts)
        # The policy lets the driver touch volumes of its own cluster only, by the tags of a pod's session.
        volumes = _identity(self, name, args, "ebs-csi-controller-sa", "AmazonEBSCSIDriverEKSClusterScopedPolicy")
        volumes.grant("key", volume_encryption(args.cloud, args.volume_key))
        tags = {key: value for key, value in args.cloud.tagged("volume").items() if key != "Name"}
        driver = {"controller": {"extraVolumeTags": tags}}
        self.ready = [
            _add_on(self, name, args, "coredns", after=nodes),
            _add_on(self, name, args, "metrics-server", after=nodes),
            _add_on(self, name, args, "aws-ebs-csi-driver", driver, after=[*nodes, *volumes.ready]),
        ]
        self.register_outputs({})


def volume_encryption(cloud: Cloud, key: pulumi.Input[str]) -> list[Statement]:
    """To make and attach encrypted volumes: EC2 uses the key for whoever asks it to, by a grant."""
    through_ec2 = {"kms:ViaService": f"ec2.{cloud.region}.{cloud.dns_suffix}"}
    return [
        Statement(
            "Volumes",
            ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext"],
            [key],
            conditions={"StringEquals": through_ec2},
        ),
        Statement(
            "Attachments",
            ["kms:CreateGrant"],
            [key],
            conditions={"StringEquals": through_ec2, "Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    ]


def _identity(owner: Component, name: str, args: AddOnsArgs, service_account: str, policy: str) -> WorkloadIdentity:
    identity = WorkloadIdentity(
        f"{name}-{service_account}",
        WorkloadIdentityArgs(args.cloud, args.cluster, NAMESPACE, service_account),
        owner.child(),
    )
    identity.attach(policy)
    return identity


def _add_on(
    owner: Component,
    name: str,
    args: AddOnsArgs,
    add_on: str,
    configuration: Mapping[str, Any] | None = None,
    *,
    after: Sequence[pulumi.Resource] = (),
) -> aws.eks.Addon:
    return aws.eks.Addon(
        f"{name}-{add_on}",
        cluster_name=args.cluster,
        addon_name=add_on,
        configuration_values=None if configuration is None else json.dumps(configuration, sort_keys=True),
        resolve_conflicts_on_create="OVERWRITE",
        resolve_conflicts_on_update="OVERWRITE",
        tags=args.cloud.tagged(add_on),
        opts=owner.child(*after),
    )
