"""What a bucket needs beside itself. Each is a resource of its own, so these are rules about a stack."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from infra.guardrails.rules import aws
from infra.guardrails.rules.expect import items
from infra.guardrails.rules.relations import of_type, parts
from infra.guardrails.rules.rule import UNKNOWN, Object, StackRule, at
from infra.guardrails.rules.statements import documents

_CLOSED = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
# What says, each as a resource of its own, how a bucket treats its objects.
_GUARDS = (
    aws.BUCKET_ACCESS,
    aws.BUCKET_ENCRYPTION,
    aws.BUCKET_LOCK,
    aws.BUCKET_OWNERSHIP,
    aws.BUCKET_POLICY,
    aws.BUCKET_VERSIONS,
)
_LOCK_DAYS = 30
_ENCRYPTION = "s3:x-amz-server-side-encryption"
_Check = Callable[[Sequence[Object]], Iterator[tuple[Object, str]]]


def _every_bucket_has(type_: str, good: Callable[[Object], bool], complaint: str) -> _Check:
    """Every bucket has a companion of that type, and one that is as it should be."""

    def check(stack: Sequence[Object]) -> Iterator[tuple[Object, str]]:
        for bucket in of_type(stack, aws.BUCKET):
            if not any(good(it) for it in parts(stack, bucket, type_, "bucket", "bucket")):
                yield bucket, complaint

    return check


def _is(value: Any, *allowed: object) -> bool:
    return value is UNKNOWN or value in allowed


def _blocks(it: Object) -> bool:
    return all(_is(it.props.get(key), True) for key in _CLOSED)


def _encrypts(it: Object) -> bool:
    rules = items(it.props.get("rules"))
    return it.props.get("rules") is UNKNOWN or (bool(rules) and all(_with_our_key(rule) for rule in rules))


def _with_our_key(rule: Any) -> bool:
    default = at(rule, "applyServerSideEncryptionByDefault") or {}
    ours = _is(default.get("sseAlgorithm"), "aws:kms", "aws:kms:dsse") and default.get("kmsMasterKeyId")
    return bool(ours and _is(rule.get("bucketKeyEnabled"), True))


def _refuses_plain_http(it: Object) -> bool:
    return it.props.get("policy") is UNKNOWN or any(
        each.refuses_plain_http
        and each.covers("s3:GetObject")
        and each.covers("s3:PutObject")
        and each.covers("s3:ListBucket")
        and any(arn == "*" or arn.endswith("/*") for arn in each.resources)
        and any(arn == "*" or not arn.endswith("/*") for arn in each.resources)
        for each in documents(it)
    )


def _refuses_other_keys(it: Object) -> bool:
    """A writer may name any key, or send one of his own, whatever the bucket's default is."""
    wanted = (f"{_ENCRYPTION}-aws-kms-key-id", f"{_ENCRYPTION}-customer-algorithm")
    return it.props.get("policy") is UNKNOWN or all(
        any(each.refuses("s3:PutObject", key) for each in documents(it)) for key in wanted
    )


def _keeps_versions(it: Object) -> bool:
    return _is(at(it.props, "versioningConfiguration", "status"), "Enabled")


def _owns_everything(it: Object) -> bool:
    return _is(at(it.props, "rule", "objectOwnership"), "BucketOwnerEnforced")


def _locks(it: Object) -> bool:
    retention = at(it.props, "rule", "defaultRetention") or {}
    days = retention.get("days")
    return bool(retention.get("mode")) and (days is UNKNOWN or (days or 0) >= _LOCK_DAYS)


def _backups_are_locked(stack: Sequence[Object]) -> Iterator[tuple[Object, str]]:
    kept = [it for it in of_type(stack, aws.BUCKET) if it.kept]
    locks = {it.urn: list(parts(stack, it, aws.BUCKET_LOCK, "bucket", "bucket")) for it in kept}
    if kept and not any(locks.values()):
        yield (
            kept[0],
            "data that is kept has no copy that nobody can delete: give the bucket of backups a"
            " BucketObjectLockConfiguration",
        )
    for bucket in kept:
        lockable = bucket.props.get("objectLockEnabled")
        if locks[bucket.urn] and not _is(lockable, True):
            yield bucket, "its objects cannot be locked: set objectLockEnabled to true"
        if lockable is True and any(locks.values()) and not any(map(_locks, locks[bucket.urn])):
            yield (
                bucket,
                "its objects are not locked for long enough: give it a BucketObjectLockConfiguration with a mode and"
                f" {_LOCK_DAYS} days or more in rule.defaultRetention",
            )


def _guards_stay(stack: Sequence[Object]) -> Iterator[tuple[Object, str]]:
    for bucket in of_type(stack, aws.BUCKET):
        for type_ in _GUARDS if bucket.kept else ():
            for guard in parts(stack, bucket, type_, "bucket", "bucket"):
                if not guard.protect:
                    yield (
                        guard,
                        "the bucket would stay without it when everything goes that is not protected: set the option"
                        " protect to true",
                    )


BUCKET_RULES = (
    StackRule(
        "buckets-are-private",
        "No bucket can become public.",
        _every_bucket_has(
            aws.BUCKET_ACCESS,
            _blocks,
            f"it could become public: add a BucketPublicAccessBlock with {', '.join(_CLOSED)} true",
        ),
    ),
    StackRule(
        "buckets-are-encrypted",
        "Every bucket encrypts with our key.",
        _every_bucket_has(
            aws.BUCKET_ENCRYPTION,
            _encrypts,
            "it does not encrypt with a key of ours: add a BucketServerSideEncryptionConfiguration with aws:kms,"
            " kmsMasterKeyId and bucketKeyEnabled",
        ),
    ),
    StackRule(
        "buckets-demand-tls",
        "Every bucket refuses plain HTTP.",
        _every_bucket_has(
            aws.BUCKET_POLICY,
            _refuses_plain_http,
            "it answers over plain HTTP: add a BucketPolicy that denies everybody when aws:SecureTransport is false,"
            " on the bucket and on its objects",
        ),
    ),
    StackRule(
        "buckets-refuse-other-keys",
        "No object is encrypted with a key that is not ours.",
        _every_bucket_has(
            aws.BUCKET_POLICY,
            _refuses_other_keys,
            f"objects with other keys could not be read: deny s3:PutObject to everybody by {_ENCRYPTION}-aws-kms-key-id"
            f" and by {_ENCRYPTION}-customer-algorithm",
        ),
    ),
    StackRule(
        "buckets-keep-versions",
        "Every bucket keeps what was overwritten.",
        _every_bucket_has(
            aws.BUCKET_VERSIONS,
            _keeps_versions,
            "what is overwritten is lost: add a BucketVersioning with status Enabled",
        ),
    ),
    StackRule(
        "buckets-know-no-acl",
        "Every object belongs to its bucket's owner, and access is said by policies only.",
        _every_bucket_has(
            aws.BUCKET_OWNERSHIP,
            _owns_everything,
            "objects may have owners and lists of their own: add BucketOwnershipControls with BucketOwnerEnforced",
        ),
    ),
    StackRule("kept-buckets-keep-their-guards", "What guards data stays as long as the data.", _guards_stay),
    StackRule("kept-backups-are-locked", "Where data is kept, nobody can delete a backup.", _backups_are_locked),
)
