"""Who a known access key is to the cluster, as the emulated STS and EKS say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

ADMIN_POLICY = "AmazonEKSClusterAdminPolicy"


@dataclass(frozen=True)
class User:
    """What Kubernetes is told of a caller."""

    name: str
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Access:
    """`endpoints` are the URLs of the emulated `sts` and `eks`; without them, every known key made the cluster.

    Of the access policies only the cluster administrator's is understood, for the whole cluster; it becomes
    `system:masters`. Groups of an access entry are taken as they are.
    """

    cluster: str
    region: str
    endpoints: Mapping[str, str]

    def user_of(self, key: str, secret: str) -> User | None:
        """The user, or None when the principal has no access entry."""
        if not self.endpoints:
            return User(key, ("system:masters",))
        arn = principal(self._client("sts", key, secret).get_caller_identity()["Arn"])
        eks = self._client("eks", key, secret)
        try:
            entry = eks.describe_access_entry(clusterName=self.cluster, principalArn=arn)["accessEntry"]
        except eks.exceptions.ResourceNotFoundException:
            return None
        told = eks.list_associated_access_policies(clusterName=self.cluster, principalArn=arn)
        groups = tuple(entry.get("kubernetesGroups") or ())
        administers = any(
            policy["policyArn"].endswith(f"/{ADMIN_POLICY}") and policy["accessScope"]["type"] == "cluster"
            for policy in told["associatedAccessPolicies"]
        )
        return User(entry.get("username") or arn, groups + (("system:masters",) if administers else ()))

    def _client(self, service: str, key: str, secret: str) -> Any:
        return boto3.client(  # type: ignore[call-overload]  # stubs know names, not variables
            service, region_name=self.region, endpoint_url=self.endpoints[service],
            aws_access_key_id=key, aws_secret_access_key=secret,
            config=Config(connect_timeout=2, read_timeout=5, retries={"max_attempts": 1}),
        )  # fmt: skip


def principal(caller: str) -> str:
    """Whom an access entry names: the role of a session, else the caller. A role's path is not in a session's ARN."""
    session = re.fullmatch(r"arn:(.+):sts::(\d+):assumed-role/([^/]+)/.+", caller)
    return f"arn:{session[1]}:iam::{session[2]}:role/{session[3]}" if session else caller
