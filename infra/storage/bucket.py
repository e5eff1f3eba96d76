"""One S3 bucket with everything that guards it."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import s3

from infra.foundation.cloud import Cloud
from infra.foundation.component import Component
from infra.foundation.policy_document import EVERYONE, Statement, deny_insecure_transport, document
from infra.storage import lifecycle, rights
from infra.storage.lifecycle import Lifecycle


@dataclass(frozen=True)
class BucketArgs:
    """`bucket` is its name in the world, `key` the ARN of its KMS key.

    `lockable`: whether versions of it can be locked, which a bucket is made with or never can do. `lock_days`: how long
    each new version is, so that nobody can remove it.
    """

    cloud: Cloud
    bucket: str
    key: pulumi.Input[str]
    lifecycle: Lifecycle
    lockable: bool = False
    lock_days: int = 0


class Bucket(Component, domain="storage"):
    """Owns a private bucket: versions, encryption, lifecycle, lock, and a policy that only ever refuses.

    Does not own who may use it: rights are given to identities (`S3Storage.grant`). `ready` is all of it.
    """

    def __init__(self, name: str, args: BucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        durability = args.cloud.durability
        self._kept = durability.protect
        self.bucket = s3.Bucket(
            f"{name}-bucket",
            bucket=args.bucket,
            force_destroy=durability.clean_teardown,
            object_lock_enabled=args.lockable,
            tags=args.cloud.tagged(name),
            opts=self.child(protect=durability.protect),
        )
        self.name = self.bucket.bucket
        self.arn = rights.arn(args.cloud, args.bucket)
        self.versioning = s3.BucketVersioning(
            f"{name}-versioning",
            bucket=self.name,
            versioning_configuration=s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=self._guarded(),
        )
        private = self._private(name)
        self.ready: list[pulumi.Resource] = [
            self.bucket,
            self.versioning,
            *private,
            self._encryption(name, args.key),
            self._policy(name, args.key, private),
            self._lifecycle(name, args.lifecycle),
            *([self._lock(name, args.lock_days)] if args.lockable else []),
        ]
        self.register_outputs({"name": self.name})

    def _guarded(self, *depends_on: pulumi.Resource) -> pulumi.ResourceOptions:
        """What guards the data stays as long as the data, also when everything that is not protected goes."""
        return self.child(*depends_on, protect=self._kept)

    def _private(self, name: str) -> list[pulumi.Resource]:
        return [
            s3.BucketPublicAccessBlock(
                f"{name}-public-access",
                bucket=self.name,
                block_public_acls=True,
                block_public_policy=True,
                ignore_public_acls=True,
                restrict_public_buckets=True,
                opts=self._guarded(),
            ),
            s3.BucketOwnershipControls(
                f"{name}-ownership",
                bucket=self.name,
                rule=s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
                opts=self._guarded(),
            ),
        ]

    def _encryption(self, name: str, key: pulumi.Input[str]) -> s3.BucketServerSideEncryptionConfiguration:
        default = s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
            sse_algorithm="aws:kms", kms_master_key_id=key
        )
        rule = s3.BucketServerSideEncryptionConfigurationRuleArgs(
            apply_server_side_encryption_by_default=default, bucket_key_enabled=True
        )
        return s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption", bucket=self.name, rules=[rule], opts=self._guarded()
        )

    def _policy(self, name: str, key: pulumi.Input[str], private: list[pulumi.Resource]) -> s3.BucketPolicy:
        objects = f"{self.arn}/*"
        policy = document([deny_insecure_transport(self.arn, objects), *_deny_other_keys(objects, key)])
        # S3 refuses two changes of one bucket at a time; these two meet often.
        return s3.BucketPolicy(f"{name}-policy", bucket=self.name, policy=policy, opts=self._guarded(*private))

    def _lifecycle(self, name: str, given: Lifecycle) -> s3.BucketLifecycleConfiguration:
        # Rules for old versions are accepted only where there are versions.
        return s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle", bucket=self.name, rules=lifecycle.rules(given), opts=self.child(self.versioning)
        )

    def _lock(self, name: str, days: int) -> s3.BucketObjectLockConfiguration:
        # COMPLIANCE, not GOVERNANCE: a backup is for the day an administrator's credentials are in the wrong hands, and
        # whoever has those may bypass GOVERNANCE. What it costs is bounded: an object put by mistake stays these days.
        # Without days it stays and says nothing: as it is protected, a change of durability could not remove it.
        retention = s3.BucketObjectLockConfigurationRuleDefaultRetentionArgs(mode="COMPLIANCE", days=days)
        rule = s3.BucketObjectLockConfigurationRuleArgs(default_retention=retention) if days else None
        return s3.BucketObjectLockConfiguration(
            f"{name}-lock",
            bucket=self.name,
            rule=rule,
            opts=self._guarded(self.versioning),
        )


def _deny_other_keys(objects: str, key: pulumi.Input[str]) -> list[Statement]:
    """A write that says nothing of encryption gets the bucket's; one that does must name our key.

    `Null … false` is what lets the first through: a negated condition is true of a header that is not there.
    """
    named = "s3:x-amz-server-side-encryption"
    return [
        Statement(
            "DenyOtherKeys",
            ["s3:PutObject"],
            [objects],
            principals=EVERYONE,
            conditions={
                "Null": {named: "false"},
                "StringNotEquals": {f"{named}-aws-kms-key-id": key},
            },
            effect="Deny",
        ),
        Statement(
            "DenyClientsKeys",
            ["s3:PutObject"],
            [objects],
            principals=EVERYONE,
            conditions={"Null": {f"{named}-customer-algorithm": "false"}},
            effect="Deny",
        ),
    ]
