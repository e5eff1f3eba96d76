"""Claims about objects that come back with what was said of them."""

from __future__ import annotations

import gzip
import os

import boto3
import pytest

from jobs.backup.buckets import encoding
from jobs.backup.packer import SIZE
from tests.jobs.recovery import Recovery


def test_a_restored_object_keeps_its_content_encoding(recovery: Recovery) -> None:
    s3 = boto3.client("s3")
    bodies = {"1/small.json": gzip.compress(b"{}"), "1/large.json": gzip.compress(os.urandom(SIZE + 1), 0)}
    for key, body in bodies.items():
        s3.put_object(
            Bucket="mlflow-artifacts", Key=key, Body=body, ContentType="application/json", ContentEncoding="gzip"
        )
    recovery.put("1/plain", b"plain")
    name = recovery.take()
    recovery.store.empty(["mlflow-artifacts"])
    said = recovery.restore("--set", name, "--only", "artifacts")
    assert said.code == 0, said.err
    for key, body in bodies.items():
        found = s3.get_object(Bucket="mlflow-artifacts", Key=key)
        assert (found["Body"].read(), found["ContentType"]) == (body, "application/json")
        assert found["ContentEncoding"] == "gzip"
    assert "ContentEncoding" not in s3.head_object(Bucket="mlflow-artifacts", Key="1/plain")


@pytest.mark.parametrize(
    ("told", "kept"),
    [("", ""), ("gzip", "gzip"), ("aws-chunked", ""), ("gzip,aws-chunked", "gzip"), ("gzip, br", "gzip,br")],
)
def test_how_an_upload_was_sent_is_not_what_the_object_is(told: str, kept: str) -> None:
    assert encoding(told) == kept
