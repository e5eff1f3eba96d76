"""Claims about times between two sets: what was committed before one comes back, and nothing that came later."""

from __future__ import annotations

import signal
from datetime import datetime, timedelta
from itertools import accumulate

import boto3
import pytest

from jobs.backup.seal import Sealer
from jobs.backup.sets import Sets
from jobs.wal import archive
from jobs.wal.archive import Archiver, Kept, Pace
from jobs.wal.kept import pieces_of, spans_of
from tests.jobs.support import example, example_words, mlops
from tests.jobs.wal.conftest import PLACE, Platform


class Ended(Exception):
    """The archiver has nothing more to show."""


def rows(platform: Platform) -> set[str]:
    return {name for (name,) in platform.recovery.ask("SELECT name FROM trials WHERE name LIKE 'w%'", "studies")}


def test_a_time_between_two_sets_comes_back_as_it_was(platform: Platform) -> None:
    recovery = platform.recovery
    recovery.put("1/over", b"as it was")
    with platform.archiving() as archiver:
        archiver.wait_for("a base of")
        for number in range(20):
            before = platform.insert(f"w{number}")
        recovery.put("1/late", b"written between two sets")
        recovery.put("1/over", b"written over")
        platform.insert("w-later")
        recovery.ask("DROP TABLE params CASCADE")
        platform.until_kept(platform.now() + timedelta(seconds=1))
    found = platform.recover(before)
    assert found.code == 0, found.out + found.err
    assert recovery.restore("--set", found.json["set"], "--replace").code == 0
    assert rows(platform) == {f"w{number}" for number in range(20)}
    assert recovery.ask("SELECT count(*) > 0 FROM params") == [(True,)]
    assert "1/late" in recovery.keys("mlflow-artifacts")
    assert boto3.client("s3").get_object(Bucket="mlflow-artifacts", Key="1/over")["Body"].read() == b"as it was"


def test_a_killed_archiver_leaves_no_gap(platform: Platform) -> None:
    with platform.archiving() as archiver:
        archiver.wait_for("a base of")
        platform.insert("w-first")
        archiver.process.send_signal(signal.SIGKILL)
        archiver.process.wait()
    last = platform.insert("w-nobody-listens")
    with platform.archiving() as archiver:
        platform.until_kept(last + timedelta(seconds=1))
    # What was on its way when it was killed may have come after its successor had looked: pieces then overlap.
    pieces = sorted(pieces_of(Sets.at(PLACE).shelf))
    reached = accumulate((one.end for one in pieces), max)
    assert all(after.start <= end for end, after in zip(reached, pieces[1:], strict=False))
    found = platform.recover(last)
    assert found.code == 0, found.out + found.err
    assert platform.recovery.restore("--set", found.json["set"], "--replace").code == 0
    assert rows(platform) == {"w-first", "w-nobody-listens"}


def test_what_a_lost_server_has_sent_is_kept(platform: Platform) -> None:
    with platform.archiving(*example_words("wal archive")) as archiver:
        archiver.wait_for("a base of")
        platform.until_kept()
        platform.insert("w-last")
        platform.recovery.server.wait_for("SELECT 1 FROM pg_stat_replication WHERE sent_lsn >= pg_current_wal_lsn()")
        # Not yet time for another piece: it comes with the end.
        platform.recovery.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_replication")
        archiver.wait_for("tried again in 5 s")
        platform.recovery.ask("SELECT pg_drop_replication_slot('mlops_wal')")
    found = platform.recover(None)
    assert found.code == 0, found.out + found.err
    assert platform.recovery.restore("--set", found.json["set"], "--replace").code == 0
    assert rows(platform) == {"w-last"}


def test_a_log_that_the_server_has_lost_is_told_and_begun_anew(platform: Platform) -> None:
    with platform.archiving() as archiver:
        archiver.wait_for("a base of")
        platform.until_kept(platform.now())
    early = platform.now()
    platform.recovery.server.wait_for("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM pg_replication_slots WHERE active)")
    platform.recovery.ask("SELECT pg_drop_replication_slot('mlops_wal')")
    for _ in range(3):
        platform.recovery.ask("SELECT pg_switch_wal()")
        platform.recovery.ask("CHECKPOINT")
        platform.insert("w")
    with platform.archiving() as archiver:
        archiver.wait_for("is lost: times in it cannot be had")
        archiver.wait_for("a base of")
        last = platform.now()
        platform.until_kept(last + timedelta(seconds=2))
    assert len(mlops("wal", "status", "--json").json) == 2
    refused = platform.recover(early - timedelta(days=1))
    assert refused.code == 1
    assert refused.json["error"] == "the log does not lead to this time"
    assert len(refused.json["allowed"]) == 2
    first, _ = spans_of(Sets.at(PLACE).shelf, print)
    between = platform.recover(first.last + timedelta(milliseconds=1))
    assert datetime.fromisoformat(between.json["at"]) == first.last.replace(microsecond=0)
    assert platform.recover(last).code == 0


def test_a_base_that_fails_is_told_and_tried_again_later_while_the_log_is_kept(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, after = list[str](), list[Kept]()
    sealer = Sealer([platform.recovery.recipient])

    def failures() -> int:
        return sum("no base could be taken; tried again in 1:00:00" in line for line in said)

    def told(stored: Kept) -> None:
        if failures():
            after.append(stored)
        if len(after) == 3:
            # An hour is not over: there was no second try.
            assert failures() == 1
            platform.recovery.ask("DROP TABLESPACE other")
            monkeypatch.setattr(archive, "BASE_AGAIN", timedelta(0))
        if stored.base:
            raise Ended

    with platform.recovery.server.connect() as administrator:
        administrator.execute("SET allow_in_place_tablespaces = on")
        administrator.execute("CREATE TABLESPACE other LOCATION ''")
    try:
        with pytest.raises(Ended):
            Archiver(Sets.at(PLACE).shelf, sealer, Pace(every=0.1), said.append, told).run()
    finally:
        platform.recovery.ask("DROP TABLESPACE IF EXISTS other")
    assert "the server has tablespaces" in "".join(said)
    assert "a base of" in said[-1]


def test_a_base_that_is_not_sound_is_told_and_others_lead_on(platform: Platform) -> None:
    shelf = Sets.at(PLACE).shelf
    with platform.archiving() as archiver:
        archiver.wait_for("a base of")
        platform.until_kept()
    bad = f"bases/2026-11-20T12-00-00Z-{64 * '0'}.json"
    shelf.create(bad, b"{}")
    with platform.archiving() as archiver:
        archiver.wait_for(f"{bad} cannot be used")
        time = platform.insert("w")
        platform.until_kept(time + timedelta(seconds=1))
    found = platform.recover(time)
    assert found.code == 0, found.out + found.err
    assert bad in found.out + found.err
    assert mlops("wal", "status").code == 0


def test_while_it_waits_for_the_server_it_is_alive(platform: Platform) -> None:
    kept = platform.folder / "kept"
    with platform.archiving("wal", "archive", "--every", "1", "--kept", str(kept)) as archiver:
        archiver.wait_for("a base of")
        platform.until_kept()
        before = kept.stat().st_mtime_ns
        platform.recovery.ask("ALTER ROLE backup NOLOGIN")
        platform.recovery.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_replication")
        archiver.wait_for("tried again in 5 s", times=2)
        assert kept.stat().st_mtime_ns > before
        platform.recovery.ask("ALTER ROLE backup LOGIN")


def test_a_damaged_piece_is_taken_from_the_version_under_it_or_refused_by_name(platform: Platform) -> None:
    with platform.archiving() as archiver:
        archiver.wait_for("a base of")
        time = platform.insert("w")
        platform.until_kept(time + timedelta(seconds=1))
    piece = next(one for one in sorted(pieces_of(Sets.at(PLACE).shelf)) if one.time >= time)
    platform.recovery.put(piece.key, b"something else", bucket="backups")
    found = platform.recover(time)
    assert (found.code, f"{piece.key} was written over" in found.out + found.err) == (0, True)
    s3 = boto3.client("s3")
    versions = s3.list_object_versions(Bucket="backups", Prefix=piece.key)["Versions"]
    (original,) = (one["VersionId"] for one in versions if not one["IsLatest"])
    s3.delete_object(Bucket="backups", Key=piece.key, VersionId=original)
    found = platform.recover(time)
    assert found.code == 1
    assert (found.json["error"], found.json["given"]) == ("a piece of the log is not what was written", piece.key)


def test_a_time_after_the_log_is_refused_and_nothing_is_written(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLOPS_BACKUP_IDENTITY", str(platform.recovery.key))
    monkeypatch.chdir(platform.folder)
    found = example("wal recover")
    assert found.code == 1
    assert "there is no base yet" in found.err
    assert example("wal status").code == 1
    assert Sets.at(PLACE).entries() == []
    assert not (platform.folder / "recovery").exists()
