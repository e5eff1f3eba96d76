"""Claims about a set that is kept at another place than the store."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.backup.copy import Copied, copy
from jobs.backup.errors import BackupError
from jobs.backup.sets import Sets
from jobs.datasets.shelf import shelf_of
from tests.jobs.backup.small import Memory, small
from tests.jobs.recovery import DATABASES, Recovery
from tests.jobs.support import example, mlops


def test_the_example_copies_a_set_that_comes_back_when_the_store_is_gone_with_its_backups(
    recovery: Recovery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    name, keys = recovery.take(), recovery.keys("mlflow-artifacts")
    said = example("backup copy")
    assert said.code == 0, said.err
    recovery.lose()
    recovery.store.empty(["backups"])
    assert mlops("backup", "list", "--json").json == []
    assert [row["set"] for row in mlops("backup", "list", "--place", "elsewhere", "--json").json] == [name]
    back = recovery.restore("--set", name, "--place", "elsewhere")
    assert back.code == 0, back.err
    assert recovery.keys("mlflow-artifacts") == keys
    assert {base for (base,) in recovery.server.ask("SELECT datname FROM pg_database")} >= set(DATABASES)


def test_what_the_place_has_is_not_written_again_and_a_set_that_was_cut_short_is_completed(tmp_path: Path) -> None:
    found = small()
    source, target = Sets(found.shelf), Sets(shelf_of(str(tmp_path)))
    first = copy(source, found.entry, target, print)
    assert first.packs == len(found.manifest.packs)
    assert copy(source, found.entry, target, print) == Copied(0, 0)
    lost = found.manifest.packs[1]
    target.shelf.remove(lost.key)
    assert copy(source, found.entry, target, print) == Copied(1, lost.bytes)
    assert target.read(target.entries()[0]) == found.manifest


def test_a_pack_that_is_spoilt_here_leaves_no_set_there() -> None:
    found = small()
    key = found.manifest.packs[0].key
    found.memory.objects[key] = found.memory.objects[key][:-1] + b"\0"
    there = Memory()
    with pytest.raises(BackupError, match="is not what was written"):
        copy(Sets(found.shelf), found.entry, Sets(there), print)
    assert there.list_keys("sets/") == []


def test_a_pack_that_is_spoilt_there_is_told_even_when_it_has_the_right_size() -> None:
    found, there = small(), Memory()
    copy(Sets(found.shelf), found.entry, Sets(there), print)
    key = found.manifest.packs[0].key
    there.objects[key] = there.objects[key][:-1] + b"\0"
    with pytest.raises(BackupError, match="is not what was written"):
        copy(Sets(found.shelf), found.entry, Sets(there), print)
