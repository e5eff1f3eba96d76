"""Claims about making buckets, against recorded answers of S3."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from botocore.stub import Stubber
from mypy_boto3_s3 import S3Client

from jobs.errors import ConfigError
from jobs.maintenance.buckets import ensure, run


@pytest.fixture
def s3() -> S3Client:
    return boto3.client("s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")


@pytest.fixture
def answers(s3: S3Client) -> Iterator[Stubber]:
    with Stubber(s3) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def test_a_bucket_that_is_not_there_is_made_with_versions(s3: S3Client, answers: Stubber) -> None:
    answers.add_client_error("head_bucket", "404", http_status_code=404)
    answers.add_response("create_bucket", {}, {"Bucket": "features"})
    answers.add_response("get_bucket_versioning", {})
    answers.add_response(
        "put_bucket_versioning", {}, {"Bucket": "features", "VersioningConfiguration": {"Status": "Enabled"}}
    )
    assert ensure(s3, "features") == "created"


def test_a_bucket_without_versions_gets_them(s3: S3Client, answers: Stubber) -> None:
    answers.add_response("head_bucket", {})
    answers.add_response("get_bucket_versioning", {"Status": "Suspended"})
    answers.add_response("put_bucket_versioning", {})
    assert ensure(s3, "features") == "versioned"


def test_a_bucket_that_is_as_it_should_be_is_left_alone(s3: S3Client, answers: Stubber) -> None:
    answers.add_response("head_bucket", {})
    answers.add_response("get_bucket_versioning", {"Status": "Enabled"})
    assert ensure(s3, "features") == "unchanged"


def test_a_bucket_of_someone_else_is_an_error_and_not_made_again(s3: S3Client, answers: Stubber) -> None:
    answers.add_client_error("head_bucket", "403", http_status_code=403)
    with pytest.raises(s3.exceptions.ClientError, match="403"):
        ensure(s3, "features")


def test_a_policy_for_a_bucket_that_is_not_made_is_refused_before_anything_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_STORE_POLICIES", '{"other": {}}')
    with pytest.raises(ConfigError, match="other"):
        run(["features"])
    monkeypatch.setenv("MLOPS_STORE_POLICIES", "{")
    with pytest.raises(ConfigError, match="MLOPS_STORE_POLICIES is not JSON"):
        run(["features"])


def test_without_a_name_nothing_is_made() -> None:
    with pytest.raises(ConfigError, match="no bucket named"):
        run([])
