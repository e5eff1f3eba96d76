"""`python -m jobs.maintenance.buckets NAME…` makes versioned buckets, and the accounts and policies that the
environment names; may run any number of times."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from jobs.errors import ConfigError, explain
from jobs.maintenance.accounts import Admin, ensure_account, ensure_policy, wanted_accounts, wanted_policies
from jobs.maintenance.program import main
from jobs.store import client

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


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
    policies, secret_keys = wanted_policies(), wanted_accounts()
    if unknown := sorted(policies.keys() - set(buckets)):
        raise ConfigError("a policy of a bucket that is not named", given=", ".join(unknown), allowed=list(buckets))
    try:
        s3 = client()
        for bucket in buckets:
            print(f"bucket {bucket}: {ensure(s3, bucket)}", flush=True)
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
