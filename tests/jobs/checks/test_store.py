"""On a real store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

import jobs.store
from jobs.checks import ages, clients
from jobs.checks.check import Check
from jobs.checks.run import run
from jobs.checks.system import System
from jobs.datasets.moment import key_of
from jobs.store import write_object
from tests.jobs.checks.platform import Platform, told
from tests.support.store import Server

pytestmark = pytest.mark.usefixtures("store")


def at(fake: Platform, later: timedelta = timedelta()) -> System:
    """As it is now, or later."""
    system = fake.system(artifactBucket="mlflow-artifacts")
    return System(system.outputs, "m", "champion", system.access, now=datetime.now(UTC) + later)


def made(fake: Platform, age: timedelta) -> None:
    fake.has(
        "/api/v1/namespaces",
        {"metadata": {"name": "ml-serving", "creationTimestamp": (datetime.now(UTC) - age).isoformat()}},
        {"metadata": {"name": "default", "creationTimestamp": "2020-01-01T00:00:00Z"}},
    )


def test_an_object_is_put_read_and_removed_without_a_trace(fake: Platform, store: Server) -> None:
    assert clients.store_writes(at(fake)).state == "ok"
    left = store.client().list_object_versions(Bucket="mlflow-artifacts")
    assert not left.get("Versions")
    assert not left.get("DeleteMarkers")


def test_an_account_that_may_not_write_is_bad(fake: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of somebody else")
    jobs.store.client.cache_clear()
    found = run([Check("objects", "", clients.store_writes)], at(fake), 20)[0]
    assert (found.state, "Signature" in found.says) == ("bad", True)


def taken(age: timedelta) -> None:
    write_object(f"s3://backups/sets/{key_of(datetime.now(UTC) - age)}-{64 * '0'}.json", b"{}")


def test_a_backup_of_today_is_well_and_one_of_yesterday_is_not(fake: Platform) -> None:
    taken(timedelta())
    assert ages.backup(at(fake)).state == "ok"
    old = ages.backup(at(fake, timedelta(hours=26)))
    assert (old.state, old.says) == ("bad", "the newest backup is 1.1 d old, at most 1.0 d is allowed")


def test_a_set_of_last_week_that_was_made_now_is_a_week_old(fake: Platform) -> None:
    taken(timedelta(days=7))
    assert told(ages.backup(at(fake))).startswith("bad: the newest backup is 7.0 d old")


def test_what_is_no_set_is_no_backup(fake: Platform) -> None:
    made(fake, timedelta(days=3))
    write_object("s3://backups/packs/" + 64 * "0", b"x")
    assert told(ages.backup(at(fake))) == "bad: there is no backup, and the platform is 3.0 d old "


def test_a_platform_that_is_younger_than_a_day_needs_no_backup_and_no_report_yet(fake: Platform) -> None:
    made(fake, timedelta(hours=5))
    assert {ages.backup(at(fake)).state, ages.drift_report(at(fake)).state} == {"skipped"}


def test_an_old_drift_report_is_bad(fake: Platform) -> None:
    write_object("s3://features/drift/2026-11-29T03-00-00Z.json", b"{}")
    assert ages.drift_report(at(fake)).state == "ok"
    assert ages.drift_report(at(fake, timedelta(hours=26))).state == "bad"


def test_the_newest_log_of_answers_is_told_and_none_is_no_fault(fake: Platform) -> None:
    assert ages.inference_log(at(fake)).state == "skipped"
    write_object(f"s3://inference-logs/m/{datetime.now(UTC):%Y/%m/%d/%H}/pod-000001.jsonl.gz", b"")
    assert ages.inference_log(at(fake)).says.startswith("the newest was written ")
