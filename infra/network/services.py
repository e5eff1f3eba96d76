"""AWS services that are reached inside the VPC. Pure.

Each costs an hourly price in every zone, so that not more are here than what runs in the VPC calls. Not here, because
AWS itself calls them and not our machines: load balancers (the control plane makes them), SQS (Lambda and EventBridge
write dead letters), X-Ray (Lambda sends traces), Auto Scaling (node groups), EKS (nodes are told what they join).
"""

from collections.abc import Mapping

from infra.network.plan import Nat

# What carries images, credentials and data: never over the internet.
ALWAYS: Mapping[str, str] = {
    "ecr.api": "nodes log in to the registry",
    "ecr.dkr": "nodes pull images",
    "eks-auth": "pods get the role of their service account",
    "kms": "keys of what pods write",
    "logs": "logs of nodes and pods",
    "sagemaker.api": "rollouts change endpoints",
    "sagemaker.runtime": "pods ask endpoints",
    "secretsmanager": "the master's password of the database",
    "sts": "credentials, and tokens for the cluster",
}
# With a NAT gateway these few small calls take that way, which is cheaper than an endpoint in every zone.
WITHOUT_NAT: Mapping[str, str] = {
    "ec2": "nodes attach addresses and volumes for pods: without it no node becomes ready",
    "events": "drift reports become events",
}


def services(nat: Nat) -> tuple[str, ...]:
    """The interface endpoints of a VPC, in alphabetical order."""
    return tuple(sorted({**ALWAYS, **(WITHOUT_NAT if nat == "none" else {})}))
