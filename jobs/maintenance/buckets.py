"""`python -m jobs.maintenance.buckets NAME…` makes versioned buckets, and the accounts and policies that the
environment names; may run any number of times."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from jobs.errors import ConfigError, explain
from jobs.maintenance.accounts import POLICIES, Admin, ensure_account, ensure_policy, wanted_accounts, wanted_policies
from jobs.maintenance.program import main
from jobs.store import client

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


LOCKS = "MLOPS_STORE_LOCKS"
NO_LOCK = {"ObjectLockConfigurationNotFoundError", "NoSuchObjectLockConfiguration"}


def ensure(s3: S3Client, bucket: str) -> str:
    """What was done: `created`, `versioned` (it existed without versions) or `unchanged`."""
    done = "unchanged"
    if not _exists(s3, bucket):
        region = s3.meta.region_name
        # us-east-1 is the one region that S3 refuses to hear by name.
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=bucket, **where)  # type: ignore[arg-type]  # region is a str, the stub wants a literal
        done = "created"
    if s3.get_bucket_versioning(Bucket=bucket).get("Status") != "Enabled":
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        done = "versioned" if done == "unchanged" else done
    return done


def ensure_lock(s3: S3Client, bucket: str, days: int) -> str:
    """Nobody can remove a version for these days after it was written; what was done: `locked` or `unchanged`.

    Raises ConfigError rather than make a lock shorter.
    """
    wanted = {"Mode": "COMPLIANCE", "Days": days}
    try:
        found = s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]
    except ClientError as error:
        if error.response["Error"]["Code"] not in NO_LOCK:
            raise
        found = {}
    rule = found.get("Rule", {}).get("DefaultRetention", {})
    if rule == wanted:
        return "unchanged"
    if rule.get("Days", 0) > days:
        raise ConfigError(
            f"the lock of {bucket} would become shorter", given=days, allowed=f"{rule['Days']} or more",
            change=f"give {bucket} as many days in {LOCKS}",
        )  # fmt: skip
    s3.put_object_lock_configuration(
        Bucket=bucket,
        ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": wanted}},  # type: ignore[typeddict-item]  # the stub wants literals
    )
    return "locked"


def wanted_locks(environment: Mapping[str, str] = os.environ) -> dict[str, int]:
    """Bucket → days. Raises ConfigError."""
    try:
        return {bucket: int(days) for bucket, days in json.loads(environment.get(LOCKS, "{}")).items()}
    except (AttributeError, TypeError, ValueError) as error:
        raise ConfigError(f"{LOCKS} is not right", change="give an object: bucket → days") from error


def _exists(s3: S3Client, bucket: str) -> bool:
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"404", "NoSuchBucket"}:
            return False
        raise
    return True


def run(buckets: Sequence[str]) -> None:
    """Raises MlopsError; what was made before the error stays and is found by the next run."""
    if not buckets:
        raise ConfigError("no bucket named", change="python -m jobs.maintenance.buckets NAME…")
    policies, secret_keys, locks = wanted_policies(), wanted_accounts(), wanted_locks()
    if unknown := sorted((policies.keys() | locks.keys()) - set(buckets)):
        raise ConfigError(
            "a policy or lock of a bucket that is not named", given=", ".join(unknown), allowed=list(buckets),
            change=f"name it, too, or take it out of {POLICIES} and {LOCKS}",
        )  # fmt: skip
    try:
        s3 = client()
        for bucket in buckets:
            print(f"bucket {bucket}: {ensure(s3, bucket)}", flush=True)
        for bucket, days in locks.items():
            print(f"lock {bucket}: {ensure_lock(s3, bucket, days)}", flush=True)
        if not secret_keys:
            return
        admin = Admin(s3, os.environ.get("AWS_CA_BUNDLE"))
        for name, secret_key in secret_keys.items():
            print(f"account {name}: {ensure_account(admin, name, secret_key)}", flush=True)
        # After the accounts: the store refuses a policy that names one it does not have.
        for bucket in buckets:
            print(f"policy {bucket}: {ensure_policy(s3, bucket, policies.get(bucket))}", flush=True)
    except Exception as error:
        raise explain(error) or error from error


if __name__ == "__main__":
    main(run)
