"""Claims about the buckets on AWS."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pulumi_aws as aws
import pytest

from infra.foundation.durability import Durability
from infra.foundation.policy_document import trust
from infra.identity.workload_identity import WorkloadIdentity, WorkloadIdentityArgs
from infra.storage.s3 import S3Storage, S3StorageArgs
from tests.infra.storage.aws import KEY, NAMES, buckets
from tests.support.cloud import DISPOSABLE, KEPT
from tests.support.recording import Recording, record

PURPOSES = ("artifacts", "features", "inference-logs", "backups", "audit")
HARDENING = (
    "BucketVersioning",
    "BucketServerSideEncryptionConfiguration",
    "BucketPublicAccessBlock",
    "BucketOwnershipControls",
    "BucketPolicy",
    "BucketLifecycleConfiguration",
)
CLOUDS = {each.durability: each for each in (DISPOSABLE, KEPT)}
LOCKED = {"storage-backups-bucket", "storage-audit-bucket"}
SSE = "s3:x-amz-server-side-encryption"


def of(durability: Durability) -> Recording:
    def program() -> None:
        storage = S3Storage("storage", S3StorageArgs(CLOUDS[durability], buckets(), KEY))
        identity = WorkloadIdentityArgs(CLOUDS[durability], "cluster", "ml-platform", "mlflow")
        storage.grant("tracking", WorkloadIdentity("tracking", identity))
        role = aws.iam.Role("predict-role", assume_role_policy=trust("lambda.amazonaws.com"))
        storage.grant("serving", role)

    return record(program)


@pytest.fixture(scope="module")
def disposable() -> Recording:
    return of(Durability.DISPOSABLE)


@pytest.fixture(scope="module")
def kept() -> Recording:
    return of(Durability.KEPT)


def statements(recording: Recording, name: str) -> list[dict[str, Any]]:
    policy = recording.one("BucketPolicy", f"{name}-policy").inputs["policy"]
    made: list[dict[str, Any]] = json.loads(policy)["Statement"]
    return made


def refused(recording: Recording, action: str, request: Mapping[str, str]) -> bool:
    """Whether the policy of the artifacts refuses it, by the rules of IAM: a negated condition is true of no value."""

    def holds(operator: str, key: str, value: str) -> bool:
        match operator:
            case "Null":
                return (key not in request) is (value == "true")
            case "StringNotEquals":
                return request.get(key) != value
            case "Bool":
                return request.get(key) == value
        raise AssertionError(f"{operator} is no operator this test knows")

    return any(
        ("*" in one["Action"] or action in one["Action"])
        and all(holds(operator, *each) for operator, keys in one["Condition"].items() for each in keys.items())
        for one in statements(recording, "storage-artifacts")
        if one["Effect"] == "Deny"
    )


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("kind", HARDENING)
def test_every_bucket_has_every_hardening(disposable: Recording, purpose: str, kind: str) -> None:
    made = [one for one in disposable.of_kind(kind) if one.name.startswith(f"storage-{purpose}-")]
    name = NAMES["inferenceLogs" if purpose == "inference-logs" else purpose]
    assert [one.inputs["bucket"] for one in made] == [name]


def test_nothing_can_be_made_public(disposable: Recording) -> None:
    for block in disposable.of_kind("BucketPublicAccessBlock"):
        del block.inputs["bucket"]
        assert block.inputs == dict.fromkeys(
            ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True
        )
    for controls in disposable.of_kind("BucketOwnershipControls"):
        assert controls.inputs["rule"] == {"objectOwnership": "BucketOwnerEnforced"}


def test_everything_is_versioned_and_encrypted_with_our_key(disposable: Recording) -> None:
    for versioning in disposable.of_kind("BucketVersioning"):
        assert versioning.inputs["versioningConfiguration"] == {"status": "Enabled"}
    for encryption in disposable.of_kind("BucketServerSideEncryptionConfiguration"):
        assert encryption.inputs["rules"] == [
            {
                "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY},
                "bucketKeyEnabled": True,
            }
        ]


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_bucket_policy_only_refuses(disposable: Recording, purpose: str) -> None:
    assert {one["Effect"] for one in statements(disposable, f"storage-{purpose}")} == {"Deny"}


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({}, False),
        ({SSE: "aws:kms", f"{SSE}-aws-kms-key-id": KEY}, False),
        ({SSE: "aws:kms"}, True),
        ({SSE: "aws:kms", f"{SSE}-aws-kms-key-id": "arn:aws:kms:::key/other"}, True),
        ({SSE: "AES256"}, True),
        ({f"{SSE}-customer-algorithm": "AES256"}, True),
    ],
    ids=["no header", "our key", "the account's default key", "another key", "a key of S3", "a key of the client"],
)
def test_a_write_is_encrypted_with_our_key_or_refused(
    disposable: Recording, request_: dict[str, str], expected: bool
) -> None:
    assert refused(disposable, "s3:PutObject", {"aws:SecureTransport": "true", **request_}) is expected


def test_nobody_comes_without_tls(disposable: Recording) -> None:
    for action in ("s3:GetObject", "s3:PutObject", "s3:ListBucket"):
        assert refused(disposable, action, {"aws:SecureTransport": "false"})
        assert not refused(disposable, action, {"aws:SecureTransport": "true"})


def test_only_inference_logs_end_by_themselves(disposable: Recording) -> None:
    expiring = {
        one.name: rule["expiration"]["days"]
        for one in disposable.of_kind("BucketLifecycleConfiguration")
        for rule in one.inputs["rules"]
        if "days" in rule.get("expiration", {})
    }
    assert expiring == {"storage-inference-logs-lifecycle": buckets().inference_log_days}


def test_kept_backups_and_the_audit_trail_cannot_be_removed_by_anybody(kept: Recording) -> None:
    locks = kept.of_kind("BucketObjectLockConfiguration")
    # The order in which they were made is chance.
    assert {lock.inputs["bucket"] for lock in locks} == {NAMES["backups"], NAMES["audit"]}
    retention = {"defaultRetention": {"mode": "COMPLIANCE", "days": Durability.KEPT.lock_days}}
    assert [lock.inputs["rule"] for lock in locks] == [retention, retention]
    assert {one.name for one in kept.of_kind("Bucket") if one.inputs.get("objectLockEnabled")} == LOCKED


def test_disposable_buckets_are_emptied_and_never_locked(disposable: Recording) -> None:
    made = [one for one in disposable.of_kind("Bucket") if one.type.startswith("aws:")]
    assert [(one.inputs["forceDestroy"], one.protect) for one in made] == [(True, False)] * len(PURPOSES)
    assert not [lock for lock in disposable.of_kind("BucketObjectLockConfiguration") if "rule" in lock.inputs]


def test_durability_replaces_no_bucket(kept: Recording, disposable: Recording) -> None:
    def lockable(recording: Recording) -> set[str]:
        return {one.name for one in recording.of_kind("Bucket") if one.inputs.get("objectLockEnabled")}

    assert lockable(kept) == lockable(disposable) == LOCKED


def test_kept_buckets_are_refused_to_a_destroy(kept: Recording) -> None:
    made = [one for one in kept.of_kind("Bucket") if one.type.startswith("aws:")]
    assert [(one.inputs["forceDestroy"], one.protect) for one in made] == [(False, True)] * len(PURPOSES)


def test_lifecycle_and_lock_come_after_versioning(kept: Recording) -> None:
    versioning = kept.one("BucketVersioning", "storage-backups-versioning")
    for kind, name in (("BucketLifecycleConfiguration", "lifecycle"), ("BucketObjectLockConfiguration", "lock")):
        assert kept.waits_for(kept.one(kind, f"storage-backups-{name}"), versioning)


def test_a_grant_is_a_policy_of_the_one_it_is_given_to(disposable: Recording) -> None:
    policies = {one.name: one.inputs["role"] for one in disposable.of_kind("RolePolicy")}
    assert set(policies) == {"tracking-storage-tracking", "predict-role-storage-serving"}


def test_buckets_are_tagged_with_their_own_names(disposable: Recording) -> None:
    made = {
        one.inputs["bucket"]: one.inputs["tags"]["Name"]
        for one in disposable.of_kind("Bucket")
        if "bucket" in one.inputs
    }
    assert made[NAMES["backups"]] == "mlops-dev-storage-backups"
    assert len(made) == len(PURPOSES)
