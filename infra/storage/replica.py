"""Copies of buckets in a second region, for the day the first one is lost."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pulumi
import pulumi_aws as aws

from infra.foundation.cloud import Cloud
from infra.foundation.component import Component
from infra.foundation.policy_document import Statement, document, trust
from infra.storage import copying
from infra.storage.bucket import Bucket, BucketArgs
from infra.storage.copying import Copy

ENABLED, DISABLED = "Enabled", "Disabled"


@dataclass(frozen=True)
class ReplicaArgs:
    """`sources`: what each bucket that is copied was made of. `region` is another one than the stack's."""

    cloud: Cloud
    region: str
    sources: Mapping[str, tuple[BucketArgs, Bucket]]


class Replica(Component, domain="storage"):
    """Owns a copy of each source in the second region, the key there, and the role that copies.

    Does not own the sources. Only what is written from now on is copied. `ready` is all of it.
    """

    def __init__(self, name: str, args: ReplicaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        self._there = replace(args.cloud, region=args.region)
        self._over_there = aws.Provider(
            f"{name}-region", region=args.region, allowed_account_ids=[args.cloud.account], opts=self.child()
        )
        self.key = self._key(name)
        self.buckets = {
            purpose: Bucket(
                f"{name}-{purpose}",
                replace(made_of, cloud=self._there, bucket=copying.name(made_of.bucket), key=self.key.arn),
                pulumi.ResourceOptions(parent=self, providers=[self._over_there]),
            )
            for purpose, (made_of, _) in args.sources.items()
        }
        self.ready: list[pulumi.Resource] = [each for bucket in self.buckets.values() for each in bucket.ready]
        for purpose, (made_of, source) in args.sources.items():
            self.ready.append(self._copies(f"{name}-{purpose}", made_of, source, self.buckets[purpose]))
        self.register_outputs({"buckets": {purpose: bucket.name for purpose, bucket in self.buckets.items()}})

    def _key(self, name: str) -> aws.kms.Key:
        there = self._there
        account = Statement("Account", ["kms:*"], ["*"], {"AWS": there.arn("iam", "root", region="")})
        key = aws.kms.Key(
            f"{name}-key",
            description="S3: copies of buckets of another region",
            enable_key_rotation=True,
            deletion_window_in_days=there.durability.key_deletion_days,
            policy=document([account]),
            tags=there.tagged(name),
            opts=self._in_region(protect=there.durability.protect),
        )
        aws.kms.Alias(
            f"{name}-alias", name=f"alias/{there.name(name)}", target_key_id=key.key_id, opts=self._in_region()
        )
        return key

    def _in_region(self, protect: bool | None = None) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, provider=self._over_there, protect=protect)

    def _copies(self, name: str, made_of: BucketArgs, source: Bucket, target: Bucket) -> aws.s3.BucketReplicationConfig:
        cloud = self._args.cloud
        copy = Copy(cloud, self._there, made_of.bucket, made_of.key, self.key.arn, locked=made_of.lockable)
        role = aws.iam.Role(
            f"{name}-copier",
            # S3 does not say for which bucket it asks. Nobody outside the account can name this role in theirs: that
            # takes iam:PassRole here.
            assume_role_policy=trust("s3.amazonaws.com"),
            tags=cloud.tagged(f"{name}-copier"),
            opts=self.child(),
        )
        policy = aws.iam.RolePolicy(
            f"{name}-copier", role=role.name, policy=document(copying.statements(copy)), opts=self.child()
        )
        return aws.s3.BucketReplicationConfig(
            f"{name}-copies",
            bucket=source.name,
            role=role.arn,
            rules=[_rule(copy, target)],
            # S3 accepts it only between buckets that have versions, and locks where the source has them.
            opts=self.child(policy, *source.ready, *target.ready),
        )


def _rule(copy: Copy, target: Bucket) -> aws.s3.BucketReplicationConfigRuleArgs:
    encrypted = aws.s3.BucketReplicationConfigRuleSourceSelectionCriteriaSseKmsEncryptedObjectsArgs(status=ENABLED)
    return aws.s3.BucketReplicationConfigRuleArgs(
        id="everything",
        status=ENABLED,
        priority=1,
        filter=aws.s3.BucketReplicationConfigRuleFilterArgs(prefix=""),
        delete_marker_replication=aws.s3.BucketReplicationConfigRuleDeleteMarkerReplicationArgs(
            status=ENABLED if copy.deletes else DISABLED
        ),
        source_selection_criteria=aws.s3.BucketReplicationConfigRuleSourceSelectionCriteriaArgs(
            sse_kms_encrypted_objects=encrypted
        ),
        destination=aws.s3.BucketReplicationConfigRuleDestinationArgs(
            bucket=target.bucket.arn,
            encryption_configuration=aws.s3.BucketReplicationConfigRuleDestinationEncryptionConfigurationArgs(
                replica_kms_key_id=copy.target_key
            ),
        ),
    )
