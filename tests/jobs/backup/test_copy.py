"""Claims about a set that is kept at another place than the store."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from jobs.backup.copy import Copied, copy
from jobs.backup.errors import BackupError
from jobs.backup.sets import Sets
from jobs.backup.verify import verify
from jobs.datasets.shelf import shelf_of
from jobs.errors import ConfigError
from tests.jobs.backup.small import TIME, Memory, Small, small
from tests.jobs.recovery import DATABASES, Recovery
from tests.jobs.support import example, mlops

HOUR = timedelta(hours=1)


def test_the_example_copies_a_set_that_comes_back_when_the_store_is_gone_with_its_backups(
    recovery: Recovery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere" / "sets").mkdir(parents=True)
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
    (tmp_path / "sets").mkdir()
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
    there = Memory(root="there")
    with pytest.raises(BackupError, match="is not what was written"):
        copy(Sets(found.shelf), found.entry, Sets(there), print)
    assert there.list_keys("sets/") == []


@dataclass
class Read(Memory):
    """Remembers which packs were read."""

    root: str = "read"
    packs: list[str] = field(default_factory=list)

    def read(self, key: str) -> bytes:
        if key.startswith("packs/"):
            self.packs.append(key)
        return super().read(key)


def two_sets(here: Memory) -> tuple[Small, Small]:
    """The second, of an hour later, has the packs of the first and three more."""
    first = small(shelf=here)
    more = small(2, time=TIME + HOUR)
    here.objects |= {pack.key: more.memory.objects[pack.key] for pack in more.manifest.packs}
    manifest = more.manifest.model_copy(update={"packs": (*more.manifest.packs, *first.manifest.packs)})
    return first, replace(more, shelf=here, entry=Sets(here).write(manifest), manifest=manifest)


def test_what_a_set_of_the_place_has_is_read_again_neither_here_nor_there() -> None:
    here, there = Read(), Read(root="there")
    first, second = two_sets(here)
    copy(Sets(here), first.entry, Sets(there), print)
    for shelf in (here, there):
        shelf.packs.clear()
    assert copy(Sets(here), second.entry, Sets(there), print).packs == 3
    new = sorted(pack.key for pack in second.manifest.packs[:3])
    assert (sorted(here.packs), sorted(there.packs)) == (new, new)
    for shelf in (here, there):
        shelf.packs.clear()
    for one in (second, first):
        assert copy(Sets(here), one.entry, Sets(there), print) == Copied(0, 0)
    assert (here.packs, there.packs) == ([], [])


def test_what_a_copy_that_was_killed_had_written_is_compared_by_the_next() -> None:
    here, there = Read(), Read(root="there")
    _, second = two_sets(here)
    sound, spoilt, missing, *_ = (pack.key for pack in second.manifest.packs)
    there.objects = {sound: here.objects[sound], spoilt: here.objects[spoilt][:-1] + b"\0"}
    with pytest.raises(BackupError) as told:
        copy(Sets(here), second.entry, Sets(there), print)
    assert "at the place a pack is not what was written" in str(told.value)
    assert f"there/{spoilt}" in str(told.value)
    assert there.list_keys("sets/") == []
    there.remove(spoilt)
    there.packs.clear()
    copy(Sets(here), second.entry, Sets(there), print)
    assert {sound, missing} <= {*there.packs}
    assert sound not in here.packs


def test_a_manifest_that_is_spoilt_there_vouches_for_nothing() -> None:
    here, there = Read(), Read(root="there")
    first, second = two_sets(here)
    copy(Sets(here), first.entry, Sets(there), print)
    there.objects[first.entry.key] = b"{}"
    there.packs.clear()
    said: list[str] = []
    copy(Sets(here), second.entry, Sets(there), said.append)
    assert sorted(there.packs) == sorted(pack.key for pack in second.manifest.packs)
    assert "cannot be used" in said[0]


def test_two_copies_at_once_make_one_whole_set(tmp_path: Path) -> None:
    found = small()
    (tmp_path / "sets").mkdir()
    both = threading.Barrier(2)

    class Together(Memory):
        """Each pack is read by both before one of them writes it."""

        def read(self, key: str) -> bytes:
            if key == found.manifest.packs[0].key:
                both.wait(10)
            return super().read(key)

    source, target = Sets(Together(found.memory.objects)), Sets(shelf_of(str(tmp_path)))
    with ThreadPoolExecutor(2) as pool:
        for copied in [pool.submit(copy, source, found.entry, target, print) for _ in range(2)]:
            assert copied.result().packs == len(found.manifest.packs)
    assert verify(target.shelf, target.read(target.entries()[0]), found.opener).opened
    assert [path.name for path in tmp_path.rglob(".*")] == []


@pytest.mark.parametrize("there", ["the disk is not mounted", "the folder is gone"])
def test_nothing_is_written_to_a_folder_that_does_not_say_that_it_is_the_place(tmp_path: Path, there: str) -> None:
    found, folder = small(), tmp_path / "disk"
    if there == "the disk is not mounted":
        folder.mkdir()
    with pytest.raises(ConfigError) as told:
        copy(Sets(found.shelf), found.entry, Sets(shelf_of(str(folder))), print)
    assert f"given:   {folder}\n" in str(told.value)
    assert f"mkdir -p {folder}/sets" in str(told.value)
    assert [*tmp_path.rglob("*")] == ([folder] if folder.exists() else [])


def test_a_set_is_not_copied_to_where_it_is() -> None:
    found = small()
    with pytest.raises(ConfigError, match="cannot be copied to where they are"):
        copy(Sets(found.shelf), found.entry, Sets(Memory()), print)
