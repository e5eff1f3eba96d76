"""Claims about the copies of buckets in a second region."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pulumi_aws
import pytest

from infra.storage.s3 import S3Storage, S3StorageArgs
from tests.infra.storage.aws import KEY, NAMES, buckets
from tests.support.cloud import DISPOSABLE, KEPT
from tests.support.recording import Recorded, Recording, record

COPIED = ("artifacts", "backups", "audit")
HARDENING = (
    "BucketVersioning",
    "BucketServerSideEncryptionConfiguration",
    "BucketPublicAccessBlock",
    "BucketOwnershipControls",
    "BucketPolicy",
    "BucketLifecycleConfiguration",
)


@pytest.fixture(scope="module")
def copied() -> Recording:
    def program() -> None:
        inside = pulumi.ResourceOptions(provider=pulumi_aws.Provider("aws", region=KEPT.region))
        S3Storage("storage", S3StorageArgs(KEPT, buckets(replicaRegion="eu-west-1"), KEY), inside)

    return record(program)


def provider(recording: Recording, name: str) -> Recorded:
    (found,) = [one for one in recording.resources if (one.type, one.name) == ("pulumi:providers:aws", name)]
    return found


def statements(recording: Recording, purpose: str) -> dict[str, dict[str, Any]]:
    policy = recording.one("RolePolicy", f"storage-replica-{purpose}-copier").inputs["policy"]
    return {one["Sid"]: one for one in json.loads(policy)["Statement"]}


def rule(recording: Recording, purpose: str) -> dict[str, Any]:
    made = recording.one("BucketReplicationConfig", f"storage-replica-{purpose}-copies")
    assert made.inputs["bucket"] == NAMES[purpose]
    (found,) = made.inputs["rules"]
    assert isinstance(found, dict)
    return found


def test_without_a_second_region_nothing_is_copied() -> None:
    alone = record(lambda: S3Storage("storage", S3StorageArgs(DISPOSABLE, buckets(), KEY)))
    assert alone.names("BucketReplicationConfig") == alone.names("Key") == []
    assert not [one for one in alone.resources if one.type == "pulumi:providers:aws"]


def test_the_second_region_is_reached_with_the_same_account_only(copied: Recording) -> None:
    inputs = provider(copied, "storage-replica-region").inputs
    assert (inputs["region"], json.loads(inputs["allowedAccountIds"])) == ("eu-west-1", [KEPT.account])


def test_copies_and_their_key_are_there_and_the_rest_is_here(copied: Recording) -> None:
    there, here = provider(copied, "storage-replica-region").urn, provider(copied, "aws").urn
    for one in copied.resources:
        if one.type.startswith("aws:"):
            copy = one.name.startswith("storage-replica-")
            of_source = one.kind in ("Role", "RolePolicy", "BucketReplicationConfig")
            assert one.provider.startswith(there if copy and not of_source else here), one.name


@pytest.mark.parametrize("purpose", COPIED)
@pytest.mark.parametrize("kind", HARDENING)
def test_a_copy_is_as_hard_as_its_source(copied: Recording, purpose: str, kind: str) -> None:
    source = copied.of_kind(kind)
    suffix = {
        one.name.removeprefix(f"storage-{purpose}-") for one in source if one.name.startswith(f"storage-{purpose}-")
    }
    copy = {
        one.name.removeprefix(f"storage-replica-{purpose}-"): one.inputs["bucket"]
        for one in source
        if one.name.startswith(f"storage-replica-{purpose}-")
    }
    assert set(copy) == suffix
    assert set(copy.values()) == {f"{NAMES[purpose]}-replica"}


def test_copies_are_encrypted_with_the_key_of_their_region(copied: Recording) -> None:
    key = "arn:aws:aws:kms/key:Key:storage-replica-key"
    for purpose in COPIED:
        name = f"storage-replica-{purpose}-encryption"
        (encryption,) = copied.one("BucketServerSideEncryptionConfiguration", name).inputs["rules"]
        assert encryption["applyServerSideEncryptionByDefault"]["kmsMasterKeyId"] == key
        made = rule(copied, purpose)
        assert made["destination"]["encryptionConfiguration"] == {"replicaKmsKeyId": key}
        assert made["sourceSelectionCriteria"] == {"sseKmsEncryptedObjects": {"status": "Enabled"}}


def test_a_locked_source_has_a_locked_copy(copied: Recording) -> None:
    locks = [f"storage-{place}{purpose}-lock" for place in ("", "replica-") for purpose in ("audit", "backups")]
    assert copied.names("BucketObjectLockConfiguration") == locks
    for purpose in ("audit", "backups"):
        assert copied.one("Bucket", f"storage-replica-{purpose}-bucket").inputs["objectLockEnabled"] is True


def test_a_deletion_is_copied_but_not_of_backups(copied: Recording) -> None:
    copies = {purpose: rule(copied, purpose)["deleteMarkerReplication"]["status"] for purpose in COPIED}
    assert copies == {"artifacts": "Enabled", "backups": "Disabled", "audit": "Disabled"}
    assert "s3:ReplicateDelete" in statements(copied, "artifacts")["Write"]["Action"]
    assert "s3:ReplicateDelete" not in statements(copied, "backups")["Write"]["Action"]


@pytest.mark.parametrize("purpose", COPIED)
def test_the_copier_reads_one_bucket_and_writes_its_copy(copied: Recording, purpose: str) -> None:
    made = statements(copied, purpose)
    source, target = f"arn:aws:s3:::{NAMES[purpose]}", f"arn:aws:s3:::{NAMES[purpose]}-replica"
    reached = {sid: one["Resource"] for sid, one in made.items()}
    assert reached == {
        "Source": [source],
        "Read": [f"{source}/*"],
        "Write": [f"{target}/*"],
        "Decrypt": [KEY],
        "Encrypt": ["arn:aws:aws:kms/key:Key:storage-replica-key"],
    }
    assert made["Encrypt"]["Condition"]["StringEquals"] == {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}
    assert not {action for one in made.values() for action in one["Action"] if "*" in action}


@pytest.mark.parametrize("purpose", COPIED)
def test_copying_begins_when_both_sides_have_versions(copied: Recording, purpose: str) -> None:
    copies = copied.one("BucketReplicationConfig", f"storage-replica-{purpose}-copies")
    for side in (f"storage-{purpose}", f"storage-replica-{purpose}"):
        assert copied.waits_for(copies, copied.one("BucketVersioning", f"{side}-versioning"))


def test_copies_and_their_key_are_kept(copied: Recording) -> None:
    for kind, name in (("Key", "key"), ("Bucket", "artifacts-bucket"), ("Bucket", "backups-bucket")):
        assert copied.one(kind, f"storage-replica-{name}").protect
    key = copied.one("Key", "storage-replica-key").inputs
    assert (key["enableKeyRotation"], key["deletionWindowInDays"]) == (True, 30)
