"""The buckets on AWS as a component."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from infra.foundation import grantee
from infra.foundation.cloud import Cloud
from infra.foundation.component import Component
from infra.foundation.grantee import Grantee
from infra.settings.buckets import S3Settings
from infra.storage import rights
from infra.storage.bucket import Bucket, BucketArgs
from infra.storage.lifecycle import Lifecycle
from infra.storage.replica import Replica, ReplicaArgs

BACKUPS = "backups"
INFERENCE_LOGS = "inference_logs"
AUDIT = "audit"
# Features can be made again, inference logs are nobody's only source.
COPIED = ("artifacts", BACKUPS, AUDIT)
# What nobody may take away, whatever rights they have.
LOCKED = (BACKUPS, AUDIT)


@dataclass(frozen=True)
class S3StorageArgs:
    """`key` is the ARN of the KMS key of all buckets."""

    cloud: Cloud
    settings: S3Settings
    key: pulumi.Input[str]


class S3Storage(Component, domain="storage"):
    """Owns the buckets, their copies in a second region if there is one, and who may do what in them.

    Does not own what is in them, nor their key. `ready` is done when every bucket is as it must be.
    """

    def __init__(self, name: str, args: S3StorageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        made_of = {purpose: self._made_of(purpose, bucket) for purpose, bucket in args.settings.buckets}
        self.buckets: Mapping[str, Bucket] = {
            purpose: Bucket(f"{name}-{purpose.replace('_', '-')}", each, self.child())
            for purpose, each in made_of.items()
        }
        self.ready: list[pulumi.Resource] = [each for bucket in self.buckets.values() for each in bucket.ready]
        if args.settings.replica_region:
            sources = {purpose: (made_of[purpose], self.buckets[purpose]) for purpose in COPIED}
            replica = Replica(
                f"{name}-replica", ReplicaArgs(args.cloud, args.settings.replica_region, sources), self.child()
            )
            self.ready += replica.ready
        self.register_outputs({"buckets": {purpose: bucket.name for purpose, bucket in self.buckets.items()}})

    def bucket(self, purpose: str) -> Bucket:
        """`artifacts`, `features`, `inference_logs`, `backups` or `audit`."""
        return self.buckets[purpose]

    def grant(self, account: str, to: Grantee) -> None:
        """Lets a workload or a role do what this account of the store may, and use the key for just that."""
        args = self._args
        statements = rights.statements(args.cloud, args.key, account, args.settings.buckets)
        grantee.grant(to, f"storage-{account}", statements, self.child())

    def _made_of(self, purpose: str, bucket: str) -> BucketArgs:
        cloud, settings = self._args.cloud, self._args.settings
        return BucketArgs(
            cloud=cloud,
            bucket=bucket,
            key=self._args.key,
            lifecycle=Lifecycle(
                infrequent_access_days=settings.infrequent_access_days,
                old_version_days=settings.old_version_days,
                expire_days=settings.inference_log_days if purpose == INFERENCE_LOGS else None,
            ),
            # Also where nothing is kept: a change of durability must not replace a bucket.
            lockable=purpose in LOCKED,
            lock_days=cloud.durability.lock_days if purpose in LOCKED else 0,
        )
