"""What our permissions may leave open, and why. The guardrails accept this and nothing else.

No action has a wildcard in its name: `kms:*` for the account in a key's policy is all there is, and is the rule's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """Why an action may be allowed on resource `*`; `condition`: the key that must narrow it instead."""

    why: str
    condition: str = ""


_NO_RESOURCE = Reason("the service authorization reference lists no resource type for it")
_LAMBDA_NETWORK = Reason("Lambda makes the interface before it has an ARN, in the subnets the function names")
_SAGEMAKER_NETWORK = Reason("SageMaker makes the interface before it has an ARN, in the subnets the model names")

# Actions that may be allowed on `*`.
WITHOUT_RESOURCE: Mapping[str, Reason] = {
    "ecr:GetAuthorizationToken": _NO_RESOURCE,
    "cloudwatch:PutMetricData": Reason(
        "metrics have no ARN; the namespace says whose they are", "cloudwatch:namespace"
    ),
    "xray:PutTraceSegments": _NO_RESOURCE,
    "xray:PutTelemetryRecords": _NO_RESOURCE,
    "ec2:AssignPrivateIpAddresses": _LAMBDA_NETWORK,
    "ec2:UnassignPrivateIpAddresses": _LAMBDA_NETWORK,
    "ec2:CreateNetworkInterface": _LAMBDA_NETWORK,
    "ec2:DeleteNetworkInterface": _LAMBDA_NETWORK,
    "ec2:CreateNetworkInterfacePermission": _SAGEMAKER_NETWORK,
    "ec2:DeleteNetworkInterfacePermission": _SAGEMAKER_NETWORK,
    "ec2:DescribeNetworkInterfaces": _NO_RESOURCE,
    "ec2:DescribeVpcs": _NO_RESOURCE,
    "ec2:DescribeSubnets": _NO_RESOURCE,
    "ec2:DescribeSecurityGroups": _NO_RESOURCE,
    "ec2:DescribeDhcpOptions": _NO_RESOURCE,
    "logs:DescribeLogGroups": Reason("flow logs look for their group among all; it reads names, not logs"),
}

# Policies that AWS writes and changes, by name.
MANAGED_POLICIES: Mapping[str, str] = {
    "AmazonEKSClusterPolicy": "EKS refuses a cluster role without it",
    "AmazonEKSWorkerNodePolicy": "EKS refuses nodes without it",
    "AmazonEC2ContainerRegistryPullOnly": "nodes pull images before any pod has an identity",
    "AmazonEKS_CNI_Policy": "the network add-on is made and updated by EKS, and so are the permissions it needs",
    "AmazonEBSCSIDriverEKSClusterScopedPolicy": "EKS updates the add-on; tags of its session keep it to its cluster",
}
