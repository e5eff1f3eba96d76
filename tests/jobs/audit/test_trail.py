from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jobs.audit.entry import GENESIS, AuditError, Entry
from jobs.audit.store import FolderStore, S3Store
from jobs.audit.trail import Trail
from jobs.errors import ConfigError
from tests.jobs.support import ROOT
from tests.support.store import Server

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
WRITER = """
import sys
from jobs.audit.trail import Trail
trail = Trail.open(sys.argv[1])
for number in range(int(sys.argv[3])):
    trail.append("test.written", sys.argv[2], number=number)
"""


def file_of(folder: Path, seq: int) -> Path:
    return folder / f"{seq:012d}.json"


def problems(trail: Trail) -> list[str]:
    return [str(one) for one in trail.check()[1]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A trail with four entries."""
    trail = Trail.open(str(tmp_path / "trail"))
    for number in range(4):
        trail.append("test.written", f"thing/{number}", number=number)
    return tmp_path / "trail"


def test_every_entry_seals_the_one_before_and_keeps_its_facts(folder: Path) -> None:
    entries = Trail.open(str(folder)).entries()
    assert [entry.seq for entry in entries] == [1, 2, 3, 4]
    assert [entry.previous for entry in entries] == [GENESIS, *(entry.sha256 for entry in entries[:-1])]
    assert [entry.facts for entry in entries] == [{"number": number} for number in range(4)]
    assert problems(Trail.open(str(folder))) == []


def test_the_hash_is_the_sha256_of_the_other_keys_as_sorted_json_so_that_anyone_can_check_it(folder: Path) -> None:
    script = (
        "import sys,json,hashlib;e=json.load(sys.stdin);h=e.pop('sha256');"
        "t=json.dumps(e,sort_keys=True,separators=(',',':'),ensure_ascii=False);"
        "print(hashlib.sha256(t.encode()).hexdigest()==h)"
    )
    content = file_of(folder, 3).read_bytes()
    said = subprocess.run([sys.executable, "-c", script], input=content, capture_output=True, check=True)
    assert said.stdout.strip() == b"True"


@pytest.mark.parametrize(
    ("name", "word"),
    [("facts", "was changed"), ("actor", "was changed"), ("time", "was changed"), ("sha256", "was changed")],
)
def test_an_entry_that_was_changed_is_found(folder: Path, name: str, word: str) -> None:
    data = json.loads(file_of(folder, 2).read_text())
    data[name] = {"facts": {"number": 9}, "actor": "nobody", "time": "2020-01-01T00:00:00.000000Z", "sha256": "0" * 64}[
        name
    ]
    file_of(folder, 2).write_text(json.dumps(data))
    assert any(line.startswith("entry 2") and word in line for line in problems(Trail.open(str(folder))))
    with pytest.raises(AuditError, match="the audit trail is broken"):
        Trail.open(str(folder)).entries()


def test_an_entry_that_was_changed_and_sealed_again_does_not_fit_its_neighbours(folder: Path) -> None:
    forged = replace(Entry.from_bytes(file_of(folder, 2).read_bytes()), actor="nobody").sealed()
    file_of(folder, 2).write_bytes(forged.to_bytes())
    assert problems(Trail.open(str(folder))) == ["entry 3: does not continue entry 2: one of the two was replaced"]


def test_entries_that_were_removed_swapped_or_cut_off_are_found(folder: Path) -> None:
    second, third = file_of(folder, 2), file_of(folder, 3)
    kept = second.read_bytes(), third.read_bytes()
    second.write_bytes(kept[1])
    third.write_bytes(kept[0])
    assert "entry 2: says that it is number 3" in problems(Trail.open(str(folder)))
    second.unlink()
    third.write_bytes(kept[1])
    assert problems(Trail.open(str(folder))) == ["entry 2: is missing"]
    with pytest.raises(AuditError, match="are missing"):
        Trail.open(str(folder)).append("test.written", "thing")
    file_of(folder, 1).unlink()
    third.rename(file_of(folder, 1))
    assert "entry 1: does not begin the chain: entries before it were cut off" in problems(Trail.open(str(folder)))


@pytest.mark.parametrize("content", ["", "{}", "[]", "nonsense", '{"seq": "1"}'])
def test_what_is_no_entry_is_found_and_nothing_is_added_behind_it(folder: Path, content: str) -> None:
    file_of(folder, 4).write_text(content)
    assert any(line.startswith("entry 4: is no entry") for line in problems(Trail.open(str(folder))))
    with pytest.raises(AuditError, match="the last entry of the audit trail is no entry"):
        Trail.open(str(folder)).append("test.written", "thing")
    assert not file_of(folder, 5).exists()


def test_a_draft_of_an_interrupted_writer_is_no_entry(folder: Path) -> None:
    (folder / ".000000000005.json.0123456789abcdef").write_text("half an ent")
    assert Trail.open(str(folder)).append("test.written", "thing").seq == 5
    assert problems(Trail.open(str(folder))) == []


def test_time_never_goes_back_and_the_future_is_a_problem(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    first = Trail(store, "test", lambda: NOON).append("test.written", "thing")
    behind = Trail(store, "test", lambda: NOON - timedelta(hours=1))
    assert behind.append("test.written", "thing").time == first.time
    assert problems(Trail(store, "test", lambda: NOON)) == []
    assert [line.split(":")[1].strip() for line in problems(behind)] == ["is of the future", "is of the future"]


def test_threads_that_write_at_once_make_one_chain(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        entries = list(pool.map(lambda n: Trail.open(str(tmp_path)).append("test.written", str(n)), range(40)))
    assert sorted(entry.seq for entry in entries) == list(range(1, 41))
    assert {entry.subject for entry in Trail.open(str(tmp_path)).entries()} == {str(number) for number in range(40)}


@pytest.mark.parametrize("where", ["folder", "store"])
def test_processes_that_write_at_once_make_one_chain_and_lose_nothing(
    where: str, tmp_path: Path, store: Server
) -> None:
    place = str(tmp_path / "trail") if where == "folder" else "s3://audit/test"
    environment = {**store.environment, "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, place, f"writer-{number}", "12"], env=environment)
        for number in range(3)
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    entries = Trail.open(place).entries()
    assert [entry.seq for entry in entries] == list(range(1, 37))
    for writer in range(3):
        told = [entry.facts["number"] for entry in entries if entry.subject == f"writer-{writer}"]
        assert told == list(range(12))


@pytest.mark.usefixtures("store")
def test_an_answer_that_was_lost_makes_no_second_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = S3Store.write_new

    def forgetful(self: S3Store, seq: int, content: bytes) -> bool:
        honest(self, seq, content)
        return False  # what a repeated request answers

    monkeypatch.setattr(S3Store, "write_new", forgetful)
    trail = Trail.open("s3://audit")
    assert [trail.append("test.written", "thing").seq for _ in range(2)] == [1, 2]
    assert len(trail.entries()) == 2


def test_in_the_store_an_entry_that_was_written_over_or_removed_is_found_by_its_versions(store: Server) -> None:
    trail = Trail.open("s3://audit")
    last = [trail.append("test.written", "thing", number=number) for number in range(3)][-1]
    s3 = store.client()
    s3.put_object(Bucket="audit", Key="000000000003.json", Body=last.to_bytes())
    assert problems(trail) == ["entry 3: was written twice or removed; the bucket has its versions"]
    s3.delete_object(Bucket="audit", Key="000000000003.json")
    assert problems(trail) == ["entry 3: was written twice or removed; the bucket has its versions"]


@pytest.mark.usefixtures("store")
def test_a_bucket_that_does_not_exist_and_a_folder_that_cannot_be_are_told(tmp_path: Path) -> None:
    with pytest.raises(AuditError, match="cannot be used; nothing was changed"):
        Trail.open("s3://no-such-bucket").append("test.written", "thing")
    (tmp_path / "file").write_text("")
    with pytest.raises(AuditError, match="cannot be written; nothing was changed"):
        Trail.open(str(tmp_path / "file" / "trail")).append("test.written", "thing")


def test_without_a_place_it_says_what_to_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="MLOPS_AUDIT"):
        Trail.open()
    monkeypatch.setenv("MLOPS_AUDIT", str(tmp_path))
    assert Trail.open().append("test.written", "thing").seq == 1


def test_the_actor_is_the_user_of_mlflow_and_the_pod(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "training")
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("HOSTNAME", "retrain-x7")
    assert Trail.open(str(tmp_path)).append("test.written", "thing").actor == "training in retrain-x7"
