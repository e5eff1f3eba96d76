"""Claims about what a set holds, what the next one costs, and what an interrupted one leaves."""

from __future__ import annotations

import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import jobs.store
from jobs.backup import buckets, databases
from jobs.backup.gauges import gauges
from jobs.backup.manifest import Manifest
from jobs.backup.seal import Sealer
from jobs.backup.sets import Sets
from jobs.backup.take import take
from tests.jobs.recovery import METRICS, RUNS, Recovery
from tests.jobs.support import ROOT, mlops, running

BACKUPS = "s3://backups"


def manifest_of(name: str) -> Manifest:
    sets = Sets.at(BACKUPS)
    return sets.read(sets.find(name, None))


@pytest.fixture
def requests(recovery: Recovery) -> Iterator[Counter[tuple[str, str]]]:
    """How often each operation was asked of each bucket."""
    assert recovery.store
    counted: Counter[tuple[str, str]] = Counter()

    def count(params: Any, model: Any, **_: Any) -> None:
        counted[model.name, params["Bucket"]] += 1

    for client in (jobs.store.client(), jobs.store.client(attempts=1)):
        client.meta.events.register("before-parameter-build.s3", count)
    yield counted
    jobs.store.client.cache_clear()


def test_a_set_names_every_row_object_and_alias(recovery: Recovery, tmp_path: Path) -> None:
    (tmp_path / "platform.json").write_text('{"name": "local"}')
    (tmp_path / ".hidden").write_text("")
    manifest = manifest_of(recovery.take("--configuration", str(tmp_path)))
    rows = {table.name: table.rows for table in manifest.databases[0].tables}
    assert [one.name for one in manifest.databases] == ["mlflow", "mlflow_auth", "studies"]
    assert (rows['"public"."metrics"'], rows['"public"."runs"']) == (RUNS * METRICS, RUNS)
    assert manifest.databases[0].revision == "0123456789ab"
    assert [len(bucket.objects) for bucket in manifest.buckets] == [3, 0, 1]
    model = manifest.models[0]
    assert (model.name, model.aliases, model.versions[0].files) == ("churn-classifier", {"champion": "1"}, 3)
    assert [one.name for one in manifest.configuration] == ["backup.key", "platform.json"]
    assert all(one.wal.count("/") == 1 for one in manifest.databases)
    assert manifest.parent is None


def test_a_second_set_asks_for_no_object_that_it_has(recovery: Recovery, requests: Counter[tuple[str, str]]) -> None:
    first = recovery.take()
    requests.clear()
    second = recovery.take()
    asked = dict(requests)
    assert manifest_of(second).parent == first
    assert manifest_of(second).packs == manifest_of(first).packs
    assert {ask: times for ask, times in asked.items() if ask[1] == "mlflow-artifacts"} == {
        ("ListObjectVersions", "mlflow-artifacts"): 1
    }
    # The manifest alone: asked whether it is there, written, read back; the parent's was read.
    assert {ask: times for ask, times in asked.items() if ask[1] == "backups"} == {
        ("ListObjectsV2", "backups"): 2, ("HeadObject", "backups"): 1, ("PutObject", "backups"): 1,
        ("GetObject", "backups"): 2,
    }  # fmt: skip


def test_only_what_is_new_is_written(recovery: Recovery) -> None:
    first = manifest_of(recovery.take())
    recovery.put("1/new.bin", os.urandom(100_000))
    recovery.ask("UPDATE runs SET name = 'renamed' WHERE name = 'run 1'")
    second = manifest_of(recovery.take())
    added = [pack for pack in second.packs if pack not in first.packs]
    assert 100_000 < sum(pack.bytes for pack in added) < 120_000
    assert len(second.buckets[0].objects) == 4


def test_what_is_written_while_a_set_is_taken_is_not_in_it(recovery: Recovery, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = databases.capture

    def meanwhile(snapshot: databases.Snapshot, packer: Any) -> Any:
        if snapshot.name == "mlflow":
            recovery.ask("DELETE FROM metrics")
            recovery.ask("UPDATE registered_model_aliases SET alias = 'other'")
        return taken(snapshot, packer)

    monkeypatch.setattr(databases, "capture", meanwhile)
    manifest = manifest_of(recovery.take())
    rows = {table.name: table.rows for table in manifest.databases[0].tables}
    assert rows['"public"."metrics"'] == RUNS * METRICS
    assert manifest.models[0].aliases == {"champion": "1"}


def test_what_is_deleted_after_the_snapshot_is_in_the_set(recovery: Recovery, monkeypatch: pytest.MonkeyPatch) -> None:
    recovery.put("old", b"deleted before")
    seen = buckets.seen

    def meanwhile(name: str, *times: Any) -> Any:
        jobs.store.client().delete_object(Bucket="mlflow-artifacts", Key="1/models/m-1/artifacts/MLmodel")
        return seen(name, *times)

    monkeypatch.setattr(buckets, "seen", meanwhile)
    keys = [one.key for one in manifest_of(recovery.take()).buckets[0].objects]
    assert "1/models/m-1/artifacts/MLmodel" in keys


def test_what_was_deleted_long_before_is_not(recovery: Recovery, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs.store.client().delete_object(Bucket="mlflow-artifacts", Key="1/models/m-1/artifacts/MLmodel")
    monkeypatch.setattr(buckets, "MARGIN", -buckets.MARGIN)
    keys = [one.key for one in manifest_of(recovery.take()).buckets[0].objects]
    assert "1/models/m-1/artifacts/MLmodel" not in keys


def test_a_version_without_files_is_told(recovery: Recovery) -> None:
    recovery.ask("UPDATE model_versions SET storage_location = 's3://mlflow-artifacts/gone'")
    said = mlops("backup", "run")
    assert said.code == 0
    assert "churn-classifier/1 has no files" in said.out


def test_what_a_set_cannot_hold_is_refused(recovery: Recovery) -> None:
    recovery.ask("CREATE MATERIALIZED VIEW best AS SELECT max(value) FROM metrics")
    said = mlops("backup", "run")
    assert said.code == 1
    assert "materialized view best" in said.err
    assert recovery.keys("backups", "sets/") == []


def test_a_backup_that_is_killed_leaves_no_set_and_can_be_run_again(recovery: Recovery) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with recovery.server.connect(database="studies") as holder:
        # Whoever reads this table waits: by then the other databases have been read.
        holder.execute("BEGIN")
        holder.execute("LOCK TABLE trials IN ACCESS EXCLUSIVE MODE")
        with running(sys.executable, "-m", "jobs", "backup", "run", env=environment) as backup:
            recovery.server.wait_for("SELECT 1 FROM pg_locks WHERE NOT granted")
            backup.process.send_signal(signal.SIGKILL)
            backup.process.wait(30)
    assert mlops("backup", "list", "--json").json == []
    name = recovery.take()
    assert mlops("backup", "verify", "--set", name, "--identity", str(recovery.key)).code == 0


@pytest.mark.usefixtures("recovery")
def test_a_store_that_goes_down_meanwhile_is_told_and_leaves_no_set(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = databases.capture

    def down(snapshot: databases.Snapshot, packer: Any) -> Any:
        monkeypatch.setattr(jobs.store.client().meta.events, "emit_until_response", _no_answer)
        return taken(snapshot, packer)

    with monkeypatch.context() as patch:
        patch.setattr(databases, "capture", down)
        said = mlops("backup", "run")
    assert said.code == 1
    assert "a server does not answer" in said.err
    jobs.store.client.cache_clear()
    assert mlops("backup", "list", "--json").json == []


def _no_answer(*_: Any, **__: Any) -> Any:
    from botocore.exceptions import EndpointConnectionError

    raise EndpointConnectionError(endpoint_url="https://store")


@pytest.mark.usefixtures("recovery")
def test_a_database_that_is_down_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "1")
    said = mlops("backup", "run")
    assert said.code == 1
    assert "the database mlflow cannot be reached" in said.err


def test_without_a_key_nothing_is_begun(recovery: Recovery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLOPS_BACKUP_RECIPIENTS")
    said = mlops("backup", "run")
    assert said.code == 2
    assert "MLOPS_BACKUP_RECIPIENTS is not set" in said.err
    monkeypatch.setenv("MLOPS_BACKUP_RECIPIENTS", recovery.key.read_text().splitlines()[-1])
    assert "no public key of age" in mlops("backup", "run").err


def test_another_recipient_means_that_everything_is_sealed_anew(
    recovery: Recovery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = manifest_of(recovery.take())
    made = mlops("backup", "key", str(tmp_path / "new.key"))
    assert mlops("backup", "key", str(tmp_path / "new.key")).code == 2
    monkeypatch.setenv("MLOPS_BACKUP_RECIPIENTS", f"{recovery.recipient}, {made.out.strip()}")
    name = recovery.take()
    assert not set(manifest_of(name).packs) & set(first.packs)
    for key in ("new.key", "backup.key"):
        assert mlops("backup", "verify", "--set", name, "--identity", str(tmp_path / key)).code == 0


def test_a_spoilt_pack_is_in_every_later_set_until_one_is_taken_anew(recovery: Recovery) -> None:
    def sound(name: str) -> bool:
        return mlops("backup", "verify", "--set", name, "--identity", str(recovery.key)).code == 0

    recovery.take()
    spoilt = set(recovery.keys("backups", "packs/"))
    for key in spoilt:
        content = bytearray(Sets.at(BACKUPS).shelf.read(key))
        content[len(content) // 2] ^= 1
        recovery.put(key, bytes(content), "backups")
    assert not sound(recovery.take())
    anew = recovery.take("--anew")
    assert sound(anew)
    assert manifest_of(recovery.take()).packs == manifest_of(anew).packs
    # Under other names: a lock may keep the spoilt ones where they are.
    assert not {pack.key for pack in manifest_of(anew).packs} & spoilt


def test_a_set_of_a_later_time_is_told_after_the_set_is_stored(recovery: Recovery) -> None:
    from datetime import timedelta

    first = manifest_of(recovery.take())
    Sets.at(BACKUPS).write(first.model_copy(update={"time": first.time + timedelta(days=1)}))
    said = mlops("backup", "run")
    assert said.code == 1
    assert "the database's clock went back" in said.err
    assert len(recovery.keys("backups", "sets/")) == 3


def test_sets_taken_one_after_the_other_sort_as_they_were_taken(recovery: Recovery) -> None:
    sets = Sets.at(BACKUPS)
    taken = [take(sets, Sealer([recovery.recipient]), ["studies"], None, print) for _ in range(4)]
    assert sets.entries() == [one.entry for one in taken]
    assert [one.manifest.parent for one in taken] == [None, *(one.entry.id for one in taken[:-1])]
    assert len({one.entry.time for one in taken}) == 4


def test_a_clock_that_differs_from_the_databases_is_told(recovery: Recovery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.backup.take.SKEW", -1.0)
    said = mlops("backup", "run")
    assert (said.code, "the clock here is another" in said.err) == (1, True)
    assert len(recovery.keys("backups", "sets/")) == 1


def test_figures_are_those_of_the_newest_set(recovery: Recovery) -> None:
    taken = take(Sets.at(BACKUPS), Sealer([recovery.recipient]), ["mlflow"], None, print)
    figures = gauges(taken)
    assert figures.get_sample_value("mlops_backup_set_timestamp_seconds") == taken.manifest.time.timestamp()
    assert figures.get_sample_value("mlops_backup_objects") == 4
    assert figures.get_sample_value("mlops_backup_rows") == 226 + RUNS * METRICS
    assert figures.get_sample_value("mlops_backup_versions_without_files") == 0
