"""Claims about what a rotation removes, in a real store with versions and locks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

import jobs.store
from jobs.backup import rotate
from jobs.backup.manifest import Manifest
from jobs.backup.packer import Known, Packer
from jobs.backup.retention import Keep
from jobs.backup.seal import Sealer
from jobs.backup.sets import Sets
from jobs.backup.verify import verify
from jobs.datasets.shelf import shelf_of
from jobs.wal import base
from jobs.wal.kept import pieces_of
from jobs.wal.piece import Piece
from tests.jobs.backup.small import TIME, small
from tests.jobs.recovery import Recovery
from tests.jobs.support import example, mlops
from tests.support import store as storage

LATER = timedelta(days=3)


def aged(sets: Sets, manifest: Manifest, days: int) -> Manifest:
    """The same set as of some days before."""
    older = manifest.model_copy(update={"time": manifest.time - timedelta(days=days)})
    sets.write(older)
    return older


def test_sets_go_with_the_packs_that_only_they_need(recovery: Recovery) -> None:
    sets = Sets.at("s3://backups")
    recovery.put("1/once", b"only in the first" * 100)
    first = sets.read(sets.find(recovery.take(), None))
    boto3.client("s3").delete_object(Bucket="mlflow-artifacts", Key="1/once")
    recovery.ask("DELETE FROM params")
    for days in range(40, 400, 40):
        aged(sets, first, days)
    jobs.store.client.cache_clear()
    name = recovery.take()
    keep = Keep(daily=1, weekly=0, monthly=0)
    now = datetime.now(UTC) + LATER
    planned = rotate.plan(sets, keep, now)
    assert list(planned.kept) == [name]
    assert len(planned.sets) == 10
    rotate.apply(sets, planned, print)
    newest = sets.read(sets.find(name, None))
    assert [one.id for one in sets.entries()] == [name]
    assert set(recovery.keys("backups", "packs/")) == {pack.key for pack in newest.packs}
    assert verify(sets.shelf, newest, None).packs == len(newest.packs)
    assert rotate.plan(sets, keep, now).sets == ()


def test_a_folder_is_thinned_out_and_rid_of_what_a_copy_that_was_killed_had_begun(tmp_path: Path) -> None:
    old, now = small(shelf=shelf_of(str(tmp_path))), datetime.now(UTC)
    new = small(2, old.shelf, TIME + timedelta(days=40))
    begun, young = tmp_path / "packs" / ".begun", tmp_path / "packs" / ".young"
    for path in (begun, young):
        path.write_bytes(b"half of a pack")
    for path in tmp_path.rglob("*"):
        if path != young:
            os.utime(path, ((now - LATER).timestamp(),) * 2)
    keep = ("rotate", "--place", str(tmp_path), "--daily", "1", "--weekly", "0", "--monthly", "0", "--json")
    shown = mlops("backup", *keep).json
    done = mlops("backup", *keep, "--apply")
    assert (done.code, done.json["removed"]) == (0, shown["wouldGo"])
    assert {*done.json["removed"]} == {old.entry.key, "packs/.begun", *(pack.key for pack in old.manifest.packs)}
    assert (begun.exists(), young.exists()) == (False, True)
    assert verify(new.shelf, new.manifest, new.opener).packs == len(new.manifest.packs)
    assert old.shelf.list_keys() == sorted([new.entry.key, *(pack.key for pack in new.manifest.packs)])


def test_by_default_it_is_only_shown(recovery: Recovery) -> None:
    sets = Sets.at("s3://backups")
    manifest = sets.read(sets.find(recovery.take(), None))
    for days in (1, 2, 400):
        aged(sets, manifest, days)
    before = recovery.keys("backups")
    said = example("backup rotate")
    assert said.code == 0, said.err
    assert said.out.count("stays") == 4
    gone = mlops("backup", "rotate", "--daily", "1", "--weekly", "0", "--monthly", "0", "--json").json
    assert len(gone["wouldGo"]) == 3
    assert recovery.keys("backups") == before


def test_young_packs_of_no_set_stay_because_one_may_be_about_to_name_them(recovery: Recovery) -> None:
    sets = Sets.at("s3://backups")
    recovery.take()
    recovery.put("packs/" + "0" * 64, b"being written", "backups")
    now = datetime.now(UTC)
    assert rotate.plan(sets, Keep(), now).packs == ()
    assert [one.key for one in rotate.plan(sets, Keep(), now + LATER).packs] == ["packs/" + "0" * 64]


def test_while_a_set_is_not_sound_no_pack_and_no_log_goes_and_sets_do(recovery: Recovery) -> None:
    sets, now = Sets.at("s3://backups"), datetime.now(UTC) + LATER
    newest = sets.find(recovery.take(), None)
    manifest = sets.read(newest)
    aged(sets, manifest, 400)
    before = sets.find(None, aged(sets, manifest, 3).time)
    bad = sets.find(None, aged(sets, manifest, 2).time)
    whole = sets.shelf.read(bad.key)
    recovery.put("packs/" + "0" * 64, b"of no set that can be read", "backups")
    sets.shelf.create(Piece("7", 1, 0, 10, now - LATER, 64 * "a").key, b"log of no base")
    recovery.put(bad.key, b"{}", "backups")
    two = Keep(daily=2, weekly=0, monthly=0)
    planned = rotate.plan(sets, two, now)
    assert (set(planned.kept), len(planned.sets)) == ({before.id, newest.id}, 1)
    assert (planned.packs, planned.log) == ((), ())
    assert [line.split(": ")[0] for line in planned.unsound] == [f"{bad.id} cannot be used"]
    said = mlops("backup", "rotate", "--daily", "2", "--weekly", "0", "--monthly", "0", "--apply")
    assert (said.code, "packs and log stay" in said.err) == (1, True)
    assert sets.entries() == [before, bad, newest]
    recovery.put(bad.key, whole, "backups")
    planned = rotate.plan(sets, two, now)
    assert (len(planned.packs), len(planned.log), planned.unsound) == (1, 1, ())


def test_a_set_that_is_not_sound_goes_when_no_rule_would_keep_it(recovery: Recovery) -> None:
    sets = Sets.at("s3://backups")
    manifest = sets.read(sets.find(recovery.take(), None))
    bad = sets.find(None, aged(sets, manifest, 400).time)
    recovery.put(bad.key, b"{}", "backups")
    planned = rotate.plan(sets, Keep(daily=1, weekly=0, monthly=0))
    assert {one.key for one in planned.sets} == {bad.key}


@pytest.fixture
def locking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A store whose bucket of backups locks every version for a day."""
    server = storage.Server(tmp_path)
    with storage.running(server):
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="backups", ObjectLockEnabledForBucket=True)
        s3.put_object_lock_configuration(
            Bucket="backups",
            ObjectLockConfiguration={
                "ObjectLockEnabled": "Enabled",
                "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}},
            },
        )
        jobs.store.client.cache_clear()
        yield s3
        jobs.store.client.cache_clear()


def test_what_is_locked_stays_and_nobody_can_remove_it(locking: Any) -> None:
    from tests.jobs.backup.small import TIME, Memory, small

    shelf = Memory()
    small(1, shelf, TIME - timedelta(days=1))
    small(2, shelf)
    for key, content in shelf.objects.items():
        locking.put_object(Bucket="backups", Key=key, Body=content)
    sets = Sets.at("s3://backups")
    keep = Keep(daily=1, weekly=0, monthly=0)
    # The second cannot be told from the first by what it needs until the first is gone.
    planned = rotate.plan(sets, keep)
    assert (planned.sets, planned.packs, len(planned.locked)) == ((), (), 1)
    later = rotate.plan(sets, keep, datetime.now(UTC) + LATER)
    assert (len(later.sets), len(later.packs), later.locked) == (1, 3, ())
    with pytest.raises(ClientError, match=r"Locked|AccessDenied|locked"):
        locking.delete_object(Bucket="backups", Key=later.sets[0].key, VersionId=later.sets[0].version)
    assert len(sets.entries()) == 2


def test_nothing_is_removed_unless_the_newest_set_lies_as_it_was_written(recovery: Recovery) -> None:
    sets = Sets.at("s3://backups")
    manifest = sets.read(sets.find(recovery.take(), None))
    aged(sets, manifest, 400)
    few = ("--daily", "1", "--weekly", "0", "--monthly", "0", "--apply")
    (key, *_) = recovery.keys("backups", "packs/")
    content = boto3.client("s3").get_object(Bucket="backups", Key=key)["Body"].read()
    recovery.put(key, content[:-1], "backups")
    said = mlops("backup", "rotate", *few)
    assert (said.code, "a pack is not what was written" in said.err, len(sets.entries())) == (1, True, 2)
    recovery.put(key, content, "backups")
    said = mlops("backup", "rotate", *few)
    assert (said.code, len(sets.entries())) == (0, 1), said.err


def test_of_the_log_as_many_days_stay_as_of_the_sets(recovery: Recovery) -> None:
    sets, now = Sets.at("s3://backups"), datetime.now(UTC) + LATER
    recovery.take()
    segment = 16 * 1024 * 1024
    packs: dict[int, str] = {}
    for number, days in enumerate((30, 12, 9, 2)):
        with Packer(sets.shelf, Sealer([recovery.recipient]), Known()) as packer:
            content = packer.add([bytes([number]) * 100])
            packs[days] = packer.finish()[0][0].key
            start = number * segment
            base.write(
                sets.shelf,
                base.Base(
                    system="7", timeline=1, start=start, end=start + 10, segment=segment, server="17.6",
                    time=now - timedelta(days=days), content=content, packs=packer.finish()[0],
                ),
            )  # fmt: skip
        piece = Piece("7", 1, start, start + segment, now - timedelta(days=days), 64 * "a")
        sets.shelf.create(piece.key, b"log")
    jobs.store.client.cache_clear()
    rotate.apply(sets, rotate.plan(sets, Keep(daily=7), now), print)
    # The base of nine days ago leads to the first of the seven days.
    assert [round((now - one.time).total_seconds() / 86400) for one in base.sound(sets.shelf, print).values()] == [9, 2]
    assert [one.start // segment for one in pieces_of(sets.shelf)] == [2, 3]
    left = set(recovery.keys("backups", "packs/"))
    assert {days for days, key in packs.items() if key in left} == {9, 2}
    assert rotate.plan(sets, Keep(daily=7), now).all == ()
