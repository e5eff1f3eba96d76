"""Claims about which version of an object a set has, in a real store with versions."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobs.backup import buckets
from jobs.backup.versions import time_of
from tests.support import store as storage

BUCKET = "mlflow-artifacts"


@pytest.fixture
def s3(store: storage.Server) -> Any:
    return store.client()


def put(s3: Any, key: str, content: bytes) -> str:
    return str(s3.put_object(Bucket=BUCKET, Key=key, Body=content)["VersionId"])


def hide(s3: Any, key: str) -> None:
    s3.delete_object(Bucket=BUCKET, Key=key)


def between() -> datetime:
    """Later than what was written, earlier than what will be: versions tell their time in milliseconds."""
    time = datetime.now(UTC)
    while datetime.now(UTC) - time < timedelta(milliseconds=2):
        pass
    return time


def versions(since: datetime, then: datetime | None = None) -> dict[str, str]:
    return {one.key: one.version for one in buckets.seen(BUCKET, since, then)}


def test_objects_come_as_they_were_and_those_that_are_newer_as_they_are(s3: Any) -> None:
    put(s3, "twice", b"oldest")
    wanted = {key: put(s3, key, b"1") for key in ("kept", "over", "twice", "gone", "over-and-gone", "gone-and-back")}
    time = between()
    for key in ("over", "over-and-gone", "twice", "twice"):
        put(s3, key, b"written over")
    for key in ("gone", "over-and-gone", "gone-and-back"):
        hide(s3, key)
    put(s3, "gone-and-back", b"another")
    put(s3, "later", b"1")
    wanted["later"] = put(s3, "later", b"2")
    assert versions(time, time) == wanted
    now = versions(time)
    assert now["over"] != wanted["over"]
    assert now.keys() == wanted.keys()


def test_what_was_hidden_before_the_time_is_not_there_unless_it_has_come_back(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buckets, "MARGIN", timedelta(0))
    for key in ("gone", "back", "back-before"):
        put(s3, key, b"1")
        hide(s3, key)
    before = put(s3, "back-before", b"2")
    time = between()
    assert versions(time, time) == {"back-before": before}
    after = put(s3, "back", b"2")
    put(s3, "back-before", b"3")
    assert versions(time, time) == {"back": after, "back-before": before}


def test_what_is_hidden_now_was_there_before_however_old_it_is(s3: Any, store: storage.Server) -> None:
    version = put(s3, "old", b"of last week")
    week = (datetime.now(UTC) - timedelta(days=7)).timestamp()
    os.utime(store.folder / "objects" / BUCKET / "old", (week, week))
    time = between()
    hide(s3, "old")
    assert versions(time) == versions(time, time) == {"old": version}


def test_a_version_says_its_time_or_is_as_old_as_the_listing_says() -> None:
    modified = datetime(2026, 11, 20, 12, tzinfo=UTC)
    aws = "3sL4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY+MTRCxf3vjVBH40Nr8X8gdRQBpUMLUo"
    assert {time_of(version, modified) for version in (aws, "null")} == {modified}
    assert time_of("01M8P8HG6NV3958EQBBZRXMYM0", modified) == datetime(2026, 11, 30, 12, 58, 9, 493000, UTC)
