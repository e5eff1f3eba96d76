"""Claims about locks of buckets, in a real store."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError

from jobs.errors import ConfigError
from jobs.maintenance.buckets import ensure_lock, run
from tests.support import store as storage


@pytest.fixture
def locked(store: storage.Server) -> str:
    """A bucket that was there before anybody thought of locks; `store` is of the whole session."""
    assert store
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="locked")
    s3.put_bucket_versioning(Bucket="locked", VersioningConfiguration={"Status": "Enabled"})
    return "locked"


def test_a_bucket_with_versions_is_locked_once_and_nothing_in_it_can_be_removed(
    locked: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLOPS_STORE_LOCKS", '{"locked": 30}')
    run([locked])
    run([locked])
    assert capsys.readouterr().out.splitlines() == [
        "bucket locked: unchanged", "lock locked: locked", "bucket locked: unchanged", "lock locked: unchanged",
    ]  # fmt: skip
    s3 = boto3.client("s3")
    version = s3.put_object(Bucket=locked, Key="a", Body=b"x")["VersionId"]
    with pytest.raises(ClientError, match="object lock"):
        s3.delete_object(Bucket=locked, Key="a", VersionId=version)
    with pytest.raises(ConfigError, match="would become shorter"):
        ensure_lock(s3, locked, 7)
    assert ensure_lock(s3, locked, 31) == "locked"


def test_a_lock_of_a_bucket_that_is_not_made_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_STORE_LOCKS", '{"other": 7}')
    with pytest.raises(ConfigError, match="other"):
        run(["features"])
    monkeypatch.setenv("MLOPS_STORE_LOCKS", '["other"]')
    with pytest.raises(ConfigError, match="MLOPS_STORE_LOCKS is not right"):
        run(["features"])
