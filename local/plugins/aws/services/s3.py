"""S3: buckets and what is set on them, each setting a resource of its own."""
# ruff: noqa: ARG002  the base class fixes the signature of every method

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from pulumi_aws import s3

from local.plugins.aws.errors import code_of
from local.plugins.aws.kind import Eventual, Kind, Properties, words
from local.plugins.aws.naming import Naming
from local.plugins.aws.operation import Operation
from local.plugins.aws.shapes import from_api, to_api
from local.plugins.aws.tagging import Tagging, from_pairs, pairs

# The official plugin's table, for the regions in use; it is a constant of AWS.
_HOSTED_ZONES = {"eu-central-1": "Z21DNDUVLTQW6Q", "eu-west-1": "Z1BKCTXD74EZPE", "us-east-1": "Z3AQBSTGFYJSTF"}
# Of a replication rule. moto answers no criteria, and that markers are not replicated, whatever was asked for.
_FORGOTTEN = ("sourceSelectionCriteria", "deleteMarkerReplication")


@dataclass(frozen=True)
class BucketTagging(Tagging):
    """A bucket's tags are one document, written as a whole."""

    def read(self, client: Any, properties: Mapping[str, Any]) -> dict[str, str]:
        try:
            return from_pairs(client.get_bucket_tagging(Bucket=properties["bucket"])["TagSet"])
        except ClientError as error:
            if code_of(error) == "NoSuchTagSet":
                return {}
            raise

    def change(
        self, client: Any, properties: Mapping[str, Any], have: Mapping[str, str], want: Mapping[str, str]
    ) -> None:
        if want:
            client.put_bucket_tagging(Bucket=properties["bucket"], Tagging={"TagSet": pairs(want)})
        else:
            client.delete_bucket_tagging(Bucket=properties["bucket"])


class Bucket(Kind):
    sdk, service = s3.Bucket, "s3"
    carries = words("bucket forceDestroy objectLockEnabled tags")
    fixed = words("bucket objectLockEnabled")
    write_only = words("forceDestroy")
    naming = Naming("bucket", longest=63, lower=True)
    tagging = BucketTagging("put_bucket_tagging", "delete_bucket_tagging", "get_bucket_tagging", "Bucket", by="bucket")
    eventual = (Eventual("OperationAborted", "", "another operation on a bucket of this name is ending"),)

    def create(self, op: Operation) -> str:
        name = op.new["bucket"]
        place = {} if op.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": op.region}}
        op.client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=op.new.get("objectLockEnabled", False), **place)
        op.created(name)
        if op.tags:
            op.client.put_bucket_tagging(Bucket=name, Tagging={"TagSet": pairs(op.tags)})
        return str(name)

    def read(self, op: Operation, identifier: str) -> Properties:
        op.client.head_bucket(Bucket=identifier)
        return {
            "bucket": identifier,
            "arn": f"arn:aws:s3:::{identifier}",
            "objectLockEnabled": self._has_object_lock(op, identifier),
            "bucketRegion": op.region,
            "bucketDomainName": f"{identifier}.s3.amazonaws.com",
            "bucketRegionalDomainName": f"{identifier}.s3.{op.region}.amazonaws.com",
            "hostedZoneId": _HOSTED_ZONES.get(op.region),
        }

    def update(self, op: Operation, identifier: str) -> None:
        """Only `forceDestroy` can come here: it is the plugin's own."""

    def delete(self, op: Operation, identifier: str) -> None:
        if op.last.get("forceDestroy"):
            _empty(op.client, identifier)
        op.client.delete_bucket(Bucket=identifier)

    def _has_object_lock(self, op: Operation, identifier: str) -> bool:
        try:
            found = op.client.get_object_lock_configuration(Bucket=identifier)["ObjectLockConfiguration"]
        except ClientError as error:
            if code_of(error) == "ObjectLockConfigurationNotFoundError":
                return False
            raise
        return bool(found.get("ObjectLockEnabled") == "Enabled")


class BucketVersioning(Kind):
    sdk, service = s3.BucketVersioning, "s3"
    carries = words("bucket versioningConfiguration")
    fixed = words("bucket")
    waits_until_gone = False

    def create(self, op: Operation) -> str:
        self._put(op, op.new["bucket"], op.new["versioningConfiguration"]["status"])
        return str(op.new["bucket"])

    def read(self, op: Operation, identifier: str) -> Properties:
        found = op.client.get_bucket_versioning(Bucket=identifier)
        return {"bucket": identifier, "versioningConfiguration": {"status": found.get("Status", "Disabled")}}

    def update(self, op: Operation, identifier: str) -> None:
        self._put(op, identifier, op.new["versioningConfiguration"]["status"])

    def delete(self, op: Operation, identifier: str) -> None:
        if op.last["versioningConfiguration"]["status"] == "Enabled":
            self._put(op, identifier, "Suspended")

    def invalid(self, inputs: Mapping[str, Any]) -> list[tuple[str, str]]:
        given = inputs["versioningConfiguration"]
        if isinstance(given, dict) and "mfaDelete" in given:
            return [("versioningConfiguration.mfaDelete", "mfaDelete is not carried by the local AWS plugin")]
        return []

    def _put(self, op: Operation, bucket: str, status: str) -> None:
        # A bucket that never had versions is "Disabled"; AWS has no way back to it.
        if status != "Disabled":
            op.client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})


class BucketPolicy(Kind):
    sdk, service = s3.BucketPolicy, "s3"
    carries = words("bucket policy")
    fixed = words("bucket")

    def create(self, op: Operation) -> str:
        self._put(op, op.new["bucket"])
        return str(op.new["bucket"])

    def read(self, op: Operation, identifier: str) -> Properties:
        return {"bucket": identifier, "policy": op.client.get_bucket_policy(Bucket=identifier)["Policy"]}

    def update(self, op: Operation, identifier: str) -> None:
        self._put(op, identifier)

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_bucket_policy(Bucket=identifier)

    def _put(self, op: Operation, bucket: str) -> None:
        op.client.put_bucket_policy(Bucket=bucket, Policy=op.new["policy"])


class Setting(Kind):
    """Something set on a bucket by one put, get and delete: its id is the bucket's name. Subclasses have an `sdk`."""

    service = "s3"
    fixed = words("bucket")

    def put(self, op: Operation, bucket: str) -> None:
        raise NotImplementedError

    def create(self, op: Operation) -> str:
        self.put(op, op.new["bucket"])
        return str(op.new["bucket"])

    def update(self, op: Operation, identifier: str) -> None:
        self.put(op, identifier)


class BucketServerSideEncryptionConfiguration(Setting):
    sdk = s3.BucketServerSideEncryptionConfiguration
    carries = words("bucket rules")
    absent = words("ServerSideEncryptionConfigurationNotFoundError")
    # AWS then encrypts with its own keys, and says so.
    waits_until_gone = False

    def put(self, op: Operation, bucket: str) -> None:
        wanted = {"bucket": bucket, "serverSideEncryptionConfiguration": {"rules": op.new["rules"]}}
        op.client.put_bucket_encryption(**to_api(op.client, "put_bucket_encryption", wanted))

    def read(self, op: Operation, identifier: str) -> Properties:
        found = op.client.get_bucket_encryption(Bucket=identifier)["ServerSideEncryptionConfiguration"]
        return {**from_api(self.inputs, found), "bucket": identifier}

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_bucket_encryption(Bucket=identifier)


class BucketPublicAccessBlock(Setting):
    sdk = s3.BucketPublicAccessBlock
    carries = words("bucket blockPublicAcls blockPublicPolicy ignorePublicAcls restrictPublicBuckets")

    def put(self, op: Operation, bucket: str) -> None:
        flags = {name: op.new.get(name, False) for name in self.carries - {"bucket"}}
        wanted = {"bucket": bucket, "publicAccessBlockConfiguration": flags}
        op.client.put_public_access_block(**to_api(op.client, "put_public_access_block", wanted))

    def read(self, op: Operation, identifier: str) -> Properties:
        found = op.client.get_public_access_block(Bucket=identifier)["PublicAccessBlockConfiguration"]
        return {**from_api(self.inputs, found), "bucket": identifier}

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_public_access_block(Bucket=identifier)


class BucketOwnershipControls(Setting):
    sdk = s3.BucketOwnershipControls
    carries = words("bucket rule")
    absent = words("OwnershipControlsNotFoundError")

    def put(self, op: Operation, bucket: str) -> None:
        wanted = {"bucket": bucket, "ownershipControls": {"rules": op.new["rule"]}}
        op.client.put_bucket_ownership_controls(**to_api(op.client, "put_bucket_ownership_controls", wanted))

    def read(self, op: Operation, identifier: str) -> Properties:
        found = op.client.get_bucket_ownership_controls(Bucket=identifier)["OwnershipControls"]
        return {**from_api(self.inputs, found, rule="rules"), "bucket": identifier}

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_bucket_ownership_controls(Bucket=identifier)


class BucketLifecycleConfiguration(Setting):
    sdk = s3.BucketLifecycleConfiguration
    carries = words("bucket rules")

    def put(self, op: Operation, bucket: str) -> None:
        wanted = {"bucket": bucket, "lifecycleConfiguration": {"rules": op.new.get("rules", [])}}
        op.client.put_bucket_lifecycle_configuration(**to_api(op.client, "put_bucket_lifecycle_configuration", wanted))

    def read(self, op: Operation, identifier: str) -> Properties:
        found = op.client.get_bucket_lifecycle_configuration(Bucket=identifier)
        return {**from_api(self.inputs, found), "bucket": identifier}

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_bucket_lifecycle(Bucket=identifier)


class BucketObjectLockConfiguration(Setting):
    """The bucket's default retention; that it has Object Lock at all is the bucket's own and stays."""

    sdk = s3.BucketObjectLockConfiguration
    carries = words("bucket rule")
    absent = words("ObjectLockConfigurationNotFoundError")
    waits_until_gone = False

    def put(self, op: Operation, bucket: str) -> None:
        lock = {"objectLockEnabled": "Enabled", **op.given(rule="rule")}
        wanted = {"bucket": bucket, "objectLockConfiguration": lock}
        op.client.put_object_lock_configuration(**to_api(op.client, "put_object_lock_configuration", wanted))

    def read(self, op: Operation, identifier: str) -> Properties:
        found = op.client.get_object_lock_configuration(Bucket=identifier)["ObjectLockConfiguration"]
        retention = found.get("Rule", {}).get("DefaultRetention", {})
        # Days or years: moto answers the other one as 0.
        for unit in [unit for unit in ("Days", "Years") if not retention.get(unit)]:
            retention.pop(unit, None)
        return {**from_api(self.inputs, found), "bucket": identifier}

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.put_object_lock_configuration(
            Bucket=identifier, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"}
        )


class BucketReplicationConfig(Setting):
    sdk = s3.BucketReplicationConfig
    carries = words("bucket role rules")
    absent = words("ReplicationConfigurationNotFoundError")

    def put(self, op: Operation, bucket: str) -> None:
        wanted = {
            "bucket": bucket,
            "replicationConfiguration": {"role": op.new["role"], "rules": op.new["rules"]},
        }
        op.client.put_bucket_replication(**to_api(op.client, "put_bucket_replication", wanted))

    def read(self, op: Operation, identifier: str) -> Properties:
        found = op.client.get_bucket_replication(Bucket=identifier)["ReplicationConfiguration"]
        live = {**from_api(self.inputs, found), "bucket": identifier}
        # moto forgets the two: they are what the program said last.
        said = {rule.get("id"): rule for rule in op.known.get("rules", [])}
        for rule in live["rules"]:
            before = said.get(rule.get("id"), {})
            rule.update({part: before[part] for part in _FORGOTTEN if part in before})
        return live

    def delete(self, op: Operation, identifier: str) -> None:
        op.client.delete_bucket_replication(Bucket=identifier)


def _empty(client: Any, bucket: str) -> None:
    """Deletes every version of every object. What Object Lock holds stays: AWS then refuses to delete the bucket."""
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if found:
            keys = [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in found]
            client.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
