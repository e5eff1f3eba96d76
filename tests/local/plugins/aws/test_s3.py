"""What is set on buckets, through the plugin: every setting lives its whole life and comes back as it was given."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.aws import Refused, Resource, Trial

KEY = "arn:aws:kms:eu-central-1:123456789012:key/storage"
EVERYTHING = {"prefix": ""}


def of(kind: str) -> str:
    return f"aws:s3/{kind[0].lower()}{kind[1:]}:{kind}"


def encryption(key: str) -> dict[str, Any]:
    by_default = {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": key}
    return {"rules": [{"applyServerSideEncryptionByDefault": by_default, "bucketKeyEnabled": True}]}


def lifecycle(days: int) -> dict[str, Any]:
    def rule(name: str, **does: Any) -> dict[str, Any]:
        return {"id": name, "status": "Enabled", "filter": EVERYTHING, **does}

    return {
        "rules": [
            rule("infrequent-access", transitions=[{"days": days, "storageClass": "STANDARD_IA"}]),
            rule("old-versions", noncurrentVersionExpiration={"noncurrentDays": days}),
            rule("unfinished-uploads", abortIncompleteMultipartUpload={"daysAfterInitiation": 7}),
            rule("markers", expiration={"expiredObjectDeleteMarker": True}),
            rule("expiry", expiration={"days": 365}),
        ]
    }


def replication(destination: str, markers: str) -> dict[str, Any]:
    return {
        "role": "arn:aws:iam::123456789012:role/copier",
        "rules": [
            {
                "id": "everything",
                "priority": 1,
                "status": "Enabled",
                "filter": EVERYTHING,
                "deleteMarkerReplication": {"status": markers},
                "sourceSelectionCriteria": {"sseKmsEncryptedObjects": {"status": "Enabled"}},
                "destination": {
                    "bucket": destination,
                    "encryptionConfiguration": {"replicaKmsKeyId": KEY},
                },
            }
        ],
    }


def lock(days: int) -> dict[str, Any]:
    return {"rule": {"defaultRetention": {"mode": "COMPLIANCE", "days": days}}}


BLOCKED = {
    "blockPublicAcls": True,
    "blockPublicPolicy": True,
    "ignorePublicAcls": True,
    "restrictPublicBuckets": True,
}


def bucket(trial: Trial, name: str) -> Resource:
    """A bucket that may have every setting: with versions and Object Lock."""
    made = trial.create(of("Bucket"), {"bucket": name, "objectLockEnabled": True, "forceDestroy": True})
    trial.create(of("BucketVersioning"), {"bucket": name, "versioningConfiguration": {"status": "Enabled"}})
    return made


SETTINGS = [
    ("BucketServerSideEncryptionConfiguration", encryption(KEY), encryption(f"{KEY}-2")),
    ("BucketPublicAccessBlock", BLOCKED, {**BLOCKED, "blockPublicPolicy": False}),
    (
        "BucketOwnershipControls",
        {"rule": {"objectOwnership": "BucketOwnerEnforced"}},
        {"rule": {"objectOwnership": "BucketOwnerPreferred"}},
    ),
    ("BucketLifecycleConfiguration", lifecycle(90), lifecycle(30)),
    ("BucketObjectLockConfiguration", lock(30), lock(60)),
]


@pytest.mark.parametrize(("kind", "first", "then"), SETTINGS, ids=[kind for kind, _first, _then in SETTINGS])
def test_a_setting_comes_back_as_it_was_given_changes_and_goes(
    trial: Trial, kind: str, first: dict[str, Any], then: dict[str, Any]
) -> None:
    of_bucket = {"bucket": bucket(trial, f"trial-{kind.lower()}").id}
    made = trial.create(of(kind), of_bucket | first)
    assert made.id == of_bucket["bucket"]
    assert {name: made.outputs[name] for name in first} == first
    assert trial.refresh(made)
    assert made.inputs == of_bucket | first
    trial.update(made, of_bucket | then)
    assert {name: made.outputs[name] for name in then} == then
    assert trial.imported(of(kind), made.id).inputs == of_bucket | then | {"region": "eu-central-1"}
    assert trial.diff(made, {"bucket": "another", **then}) == (["bucket"], ["bucket"])
    trial.delete(made)
    trial.delete(made)


def test_replication_to_another_region_comes_back_as_it_was_given(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_REGION")
    there = Trial(region="eu-west-1")
    copy = there.create(of("Bucket"), {"bucket": "trial-copies"})
    there.create(of("BucketVersioning"), {"bucket": copy.id, "versioningConfiguration": {"status": "Enabled"}})
    assert copy.outputs["region"] == copy.outputs["bucketRegion"] == "eu-west-1"
    assert trial.client("s3").get_bucket_location(Bucket=copy.id)["LocationConstraint"] == "eu-west-1"
    source = {"bucket": bucket(trial, "trial-originals").id}
    copies = trial.create(of("BucketReplicationConfig"), source | replication(copy.outputs["arn"], "Disabled"))
    assert trial.refresh(copies)
    assert copies.inputs == source | replication(copy.outputs["arn"], "Disabled")
    trial.update(copies, source | replication(copy.outputs["arn"], "Enabled"))
    assert copies.outputs["rules"] == replication(copy.outputs["arn"], "Enabled")["rules"]
    trial.delete(copies)
    assert not trial.refresh(copies)


def test_a_setting_that_somebody_took_away_is_gone_on_refresh(trial: Trial) -> None:
    name = bucket(trial, "trial-without-settings").id
    rules = trial.create(of("BucketLifecycleConfiguration"), {"bucket": name} | lifecycle(90))
    trial.client("s3").delete_bucket_lifecycle(Bucket=name)
    assert not trial.refresh(rules)


def test_a_setting_that_somebody_changed_is_seen_on_refresh(trial: Trial) -> None:
    name = bucket(trial, "trial-changed-settings").id
    block = trial.create(of("BucketPublicAccessBlock"), {"bucket": name} | BLOCKED)
    trial.client("s3").put_public_access_block(Bucket=name, PublicAccessBlockConfiguration={"BlockPublicAcls": True})
    trial.refresh(block)
    assert block.inputs["blockPublicPolicy"] is False
    assert trial.diff(block, {"bucket": name} | BLOCKED)[1] == []


def test_the_default_retention_goes_and_object_lock_stays(trial: Trial) -> None:
    name = bucket(trial, "trial-locked").id
    retention = trial.create(of("BucketObjectLockConfiguration"), {"bucket": name} | lock(30))
    trial.delete(retention)
    left = trial.client("s3").get_object_lock_configuration(Bucket=name)["ObjectLockConfiguration"]
    assert left == {"ObjectLockEnabled": "Enabled"}


def test_a_bucket_without_object_lock_refuses_a_retention(trial: Trial) -> None:
    trial.create(of("Bucket"), {"bucket": "trial-unlocked"})
    with pytest.raises(Refused, match="PutObjectLockConfiguration"):
        trial.create(of("BucketObjectLockConfiguration"), {"bucket": "trial-unlocked"} | lock(30))
