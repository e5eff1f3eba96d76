"""`python -m jobs.maintenance.buckets NAME…` makes versioned buckets; may run any number of times."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from jobs.errors import ConfigError, MlopsError, explain
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
    """Raises MlopsError; buckets made before the error stay and are found by the next run."""
    if not buckets:
        raise ConfigError("no bucket named", change="python -m jobs.maintenance.buckets NAME…")
    s3 = client()
    for bucket in buckets:
        try:
            print(f"bucket {bucket}: {ensure(s3, bucket)}", flush=True)
        except Exception as error:
            raise explain(error) or error from error


def main() -> int:
    try:
        run(sys.argv[1:])
    except MlopsError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
