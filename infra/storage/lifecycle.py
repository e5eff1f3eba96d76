"""What becomes of objects with time."""

from dataclasses import dataclass

from pulumi_aws import s3

# Of an upload that never ended; nobody can read its parts, and they cost as much as an object.
UNFINISHED_DAYS = 7
# S3 bills an object in infrequent access for at least so long.
INFREQUENT_ACCESS_MIN_DAYS = 30


@dataclass(frozen=True)
class Lifecycle:
    """Days until an object is stored cheaper, until a replaced version is gone, and until the object itself is."""

    infrequent_access_days: int
    old_version_days: int
    expire_days: int | None = None

    @property
    def cheaper(self) -> bool:
        """Whether objects live long enough for the cheaper tier; S3 refuses one that they would not reach."""
        return self.expire_days is None or (
            self.expire_days >= self.infrequent_access_days + INFREQUENT_ACCESS_MIN_DAYS
        )


def rules(lifecycle: Lifecycle) -> list[s3.BucketLifecycleConfigurationRuleArgs]:
    """One rule for each thing that happens; each is of the whole bucket."""
    return [
        *([_rule("infrequent-access", transitions=[_cheaper(lifecycle)])] if lifecycle.cheaper else []),
        _rule(
            "old-versions",
            noncurrent_version_expiration=s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
                noncurrent_days=lifecycle.old_version_days
            ),
        ),
        _rule(
            "unfinished-uploads",
            abort_incomplete_multipart_upload=s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                days_after_initiation=UNFINISHED_DAYS
            ),
        ),
        # S3 takes days or the removal of markers, never both in one rule; days remove the markers as well.
        _rule(
            "expiry" if lifecycle.expire_days else "markers",
            expiration=s3.BucketLifecycleConfigurationRuleExpirationArgs(
                days=lifecycle.expire_days, expired_object_delete_marker=None if lifecycle.expire_days else True
            ),
        ),
    ]


def _cheaper(lifecycle: Lifecycle) -> s3.BucketLifecycleConfigurationRuleTransitionArgs:
    return s3.BucketLifecycleConfigurationRuleTransitionArgs(
        days=lifecycle.infrequent_access_days, storage_class="STANDARD_IA"
    )


def _rule(
    name: str,
    *,
    transitions: list[s3.BucketLifecycleConfigurationRuleTransitionArgs] | None = None,
    noncurrent_version_expiration: s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs | None = None,
    abort_incomplete_multipart_upload: s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs
    | None = None,
    expiration: s3.BucketLifecycleConfigurationRuleExpirationArgs | None = None,
) -> s3.BucketLifecycleConfigurationRuleArgs:
    return s3.BucketLifecycleConfigurationRuleArgs(
        id=name,
        status="Enabled",
        filter=s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
        transitions=transitions,
        noncurrent_version_expiration=noncurrent_version_expiration,
        abort_incomplete_multipart_upload=abort_incomplete_multipart_upload,
        expiration=expiration,
    )
