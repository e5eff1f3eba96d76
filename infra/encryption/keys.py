"""Encryption keys as a component."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.encryption.key_policy import statements
from infra.foundation.cloud import Cloud
from infra.foundation.component import Component
from infra.foundation.policy_document import document


@dataclass(frozen=True)
class KeysArgs:
    """What the keys need."""

    cloud: Cloud


class Keys(Component, domain="encryption"):
    """Owns one key per purpose, so that what may read logs cannot read the database, with an alias for people.

    Does not own the key of a second region, which belongs to the replica there. Amazon's Prometheus keeps AWS' own: its
    collectors do not write to a workspace with another.
    """

    def __init__(self, name: str, args: KeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._name = name
        self._args = args
        self.database = self._key("database", "RDS: data, snapshots, performance insights, the master's password")
        self.storage = self._key("storage", "S3 and ECR: objects and images, and endpoints that read them")
        self.cluster = self._key("cluster", "EKS: secrets in etcd, volumes of nodes and pods")
        self.logs = self._key("logs", "CloudWatch Logs")
        self.messages = self._key("messages", "SNS topics, SQS queues, environments of functions")
        self.register_outputs({})

    def _key(self, purpose: str, description: str) -> aws.kms.Key:
        cloud = self._args.cloud
        key = aws.kms.Key(
            f"{self._name}-{purpose}",
            description=description,
            enable_key_rotation=True,
            deletion_window_in_days=cloud.durability.key_deletion_days,
            policy=document(statements(cloud)[purpose]),
            tags=cloud.tagged(purpose),
            opts=self.child(protect=cloud.durability.protect),
        )
        aws.kms.Alias(
            f"{self._name}-{purpose}-alias",
            name=f"alias/{cloud.name(purpose)}",
            target_key_id=key.key_id,
            opts=self.child(),
        )
        return key
