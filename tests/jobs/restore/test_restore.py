"""Claims about what comes back, and about what is never touched."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import boto3
import pytest

import jobs.store
from jobs.backup import server
from jobs.backup.errors import BackupError
from jobs.backup.seal import new_key
from jobs.restore import admin as administration
from jobs.restore.admin import Admin, opened
from jobs.restore.databases import Place, swap
from local.cluster.wait import until
from tests.jobs.recovery import DATABASES, METRICS, RUNS, SOURCE, Recovery
from tests.jobs.support import ROOT, example, mlops, running

LARGE = 40 * 1024 * 1024 + 7


def names(recovery: Recovery) -> set[str]:
    found = recovery.server.ask("SELECT datname FROM pg_database WHERE NOT datname ~ '^(template|postgres)'")
    return {str(name) for (name,) in found}


def rows(recovery: Recovery, database: str = "mlflow") -> list[tuple[object, ...]]:
    return recovery.ask(
        "SELECT (SELECT count(*) FROM metrics), (SELECT sum(hashtext(params::text)) FROM params),"
        " (SELECT count(*) FROM runs), (SELECT string_agg(alias || version, ',') FROM registered_model_aliases)",
        database,
    )


def test_after_a_loss_everything_is_as_it_was(recovery: Recovery) -> None:
    large = os.urandom(LARGE)
    recovery.put("1/large.bin", large)
    recovery.put("1/empty", b"")
    before, keys = rows(recovery), recovery.keys("mlflow-artifacts")
    name = recovery.take()
    recovery.lose()
    said = recovery.restore("--set", name)
    assert said.code == 0, said.err
    assert "bundle" in said.out
    assert "loads from " + SOURCE in said.out
    assert (rows(recovery), recovery.keys("mlflow-artifacts")) == (before, keys)
    assert boto3.client("s3").get_object(Bucket="mlflow-artifacts", Key="1/large.bin")["Body"].read() == large
    assert recovery.keys("audit") == ["audit/1.json"]
    assert names(recovery) == set(DATABASES)
    owner = "SELECT tableowner FROM pg_tables WHERE tablename = 'metrics'"
    assert recovery.ask(owner) == [("mlflow",)]
    assert recovery.ask("INSERT INTO trials (name) VALUES ('next') RETURNING id", "studies") == [(6,)]
    assert recovery.server.ask("SELECT 1", user="backup", database="mlflow") == [(1,)]
    assert recovery.ask("SELECT has_database_privilege('public', 'mlflow', 'CONNECT')") == [(False,)]


def test_what_was_written_over_is_restored_from_the_version_under_it(recovery: Recovery) -> None:
    before, name = rows(recovery), recovery.take()
    written = [*recovery.keys("backups", "packs/"), *recovery.keys("backups", "sets/")]
    for key in written:
        recovery.put(key, b"garbage", "backups")
        recovery.put(key, b"and more of it", "backups")
    assert mlops("backup", "verify", "--identity", str(recovery.key)).code == 1
    recovery.lose()
    back = recovery.restore("--set", name)
    assert back.code == 0, back.out + back.err
    assert all(f"{key} was written over" in back.out + back.err for key in written)
    assert rows(recovery) == before


@pytest.mark.usefixtures("recovery")
def test_the_example_restores_beside_the_platform_and_addresses_lead_there(
    recovery: Recovery, monkeypatch: pytest.MonkeyPatch
) -> None:
    recovery.take()
    before = rows(recovery)
    monkeypatch.setenv("MLOPS_BACKUP_IDENTITY", str(recovery.key))
    said = example("restore")
    assert said.code == 0, said.err
    there = "s3://scratch-mlflow-artifacts/"
    assert rows(recovery, "scratch_mlflow") == before
    assert recovery.ask("SELECT storage_location FROM model_versions", "scratch_mlflow") == [
        (SOURCE.replace("s3://mlflow-artifacts/", there),)
    ]
    assert recovery.ask(f"SELECT count(*) FROM runs WHERE starts_with(artifact_uri, '{there}')", "scratch_mlflow") == [
        (RUNS,)
    ]
    assert recovery.ask("SELECT artifact_location FROM experiments", "scratch_mlflow") == [(f"{there}1",)]
    assert recovery.keys("scratch-mlflow-artifacts") == recovery.keys("mlflow-artifacts")
    assert recovery.ask("SELECT artifact_location FROM experiments") == [("s3://mlflow-artifacts/1",)]
    again = example("restore")
    assert (again.code, "database scratch_mlflow has rows" in again.err) == (1, True)
    for bucket in ("mlflow-artifacts", "features", "audit"):
        recovery.store.empty([f"scratch-{bucket}"])
        boto3.client("s3").delete_bucket(Bucket=f"scratch-{bucket}")


def test_what_is_there_is_refused_and_with_the_word_kept_beside_also_by_who_is_no_superuser(
    recovery: Recovery, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = recovery.take()
    recovery.ask("DELETE FROM metrics")
    recovery.as_master(monkeypatch)
    # Every table is read as large ones are.
    monkeypatch.setattr(server, "LARGE", 0)
    refused = recovery.restore("--set", name)
    assert refused.code == 1
    assert "database mlflow has rows" in refused.err
    assert "--replace" in refused.err
    assert (names(recovery), rows(recovery)[0][0]) == (set(DATABASES), 0)
    with recovery.server.connect("mlflow", "mlflow"), recovery.server.connect("backup", "studies"):
        done = recovery.restore("--set", name, "--replace")
    assert done.code == 0, done.err
    assert rows(recovery)[0][0] == RUNS * METRICS
    (kept,) = (one for one in names(recovery) if one.startswith("mlflow_before_"))
    assert rows(recovery, kept)[0][0] == 0
    owners = "SELECT pg_get_userbyid(datdba), has_database_privilege('public', oid, 'CONNECT') FROM pg_database"
    assert recovery.ask(f"{owners} WHERE datname IN ('mlflow', '{kept}')") == [("mlflow", False)] * 2
    assert recovery.taken_on == []


def test_a_set_with_one_flipped_bit_is_refused_before_anything_is_touched(recovery: Recovery) -> None:
    name = recovery.take()
    recovery.lose()
    s3 = boto3.client("s3")
    key = recovery.keys("backups", "packs/")[0]
    content = bytearray(s3.get_object(Bucket="backups", Key=key)["Body"].read())
    content[len(content) // 2] ^= 1
    (version,) = s3.list_object_versions(Bucket="backups", Prefix=key)["Versions"]
    s3.delete_object(Bucket="backups", Key=key, VersionId=version["VersionId"])
    s3.put_object(Bucket="backups", Key=key, Body=bytes(content))
    said = recovery.restore("--set", name)
    assert said.code == 1
    assert "a pack is not what was written" in said.err
    assert (names(recovery), recovery.keys("mlflow-artifacts")) == (set(), [])


def test_what_cannot_be_restored_is_told(recovery: Recovery) -> None:
    recovery.take()
    for options, code, words in (
        (["--set", "2026-11-20T12-00-00Z-0123456789ab"], 1, "no such set"),
        (["--at", "2020-01-01T00:00Z"], 1, "no such set"),
        (["--at", "yesterday"], 2, "no time with a zone"),
        ([], 2, "say which set"),
        (["--at", "2099-01-01T00:00Z", "--only", "users"], 2, "no such part"),
        (["--at", "2099-01-01T00:00Z", "--into", "Bad-Name"], 2, "the name of a scratch place"),
    ):
        said = recovery.restore(*options)
        assert (said.code, words in said.err) == (code, True), said.err
    assert names(recovery) == set(DATABASES)


def test_another_key_and_a_file_that_is_none_are_told(recovery: Recovery, tmp_path: Path) -> None:
    name = recovery.take()
    other = tmp_path / "other.key"
    other.write_text(new_key()[0])
    assert "does not open with this key" in mlops("restore", "--set", name, "--identity", str(other)).err
    other.write_text("password")
    said = mlops("restore", "--set", name, "--identity", str(other))
    assert (said.code, "no file of age's secret keys" in said.err) == (2, True)
    said = mlops("restore", "--set", name, "--identity", str(tmp_path / "absent"))
    assert (said.code, "cannot be read" in said.err) == (2, True)


def test_the_newest_set_that_is_not_newer_than_the_time_is_taken(recovery: Recovery) -> None:
    first = recovery.take()
    recovery.ask("DELETE FROM metrics")
    time = first[:20]
    recovery.server.ask("SELECT pg_sleep(1.1 - extract(epoch FROM now())::numeric % 1)")
    recovery.take()
    said = recovery.restore("--at", time, "--only", "database", "--into", "then")
    assert said.code == 0, said.err
    assert rows(recovery, "then_mlflow")[0][0] == RUNS * METRICS


def test_a_restore_that_is_killed_leaves_the_platform_and_can_be_run_again(recovery: Recovery) -> None:
    name = recovery.take()
    recovery.ask("DELETE FROM params")
    # The first by name, and not the owner's.
    recovery.ask("CREATE TABLE a_table_by_hand (a int)")
    command = ("restore", "--set", name, "--replace", "--only", "database", "--identity", str(recovery.key))

    def waits() -> object:
        return recovery.server.ask(
            "SELECT wait_event_type FROM pg_stat_activity WHERE application_name = 'mlops restore'"
        )

    with recovery.server.connect() as holder:
        holder.execute("BEGIN")
        # No database is made: the restore has verified its set, and waits.
        holder.execute("LOCK TABLE pg_catalog.pg_database IN SHARE MODE")
        with running(sys.executable, "-m", "jobs", *command, env={**os.environ, "PYTHONPATH": str(ROOT)}) as restore:
            restore.wait_for("verified")
            until("the restore to wait for the lock", lambda: waits() == [("Lock",)], seconds=30)
            restore.process.send_signal(signal.SIGKILL)
            restore.process.wait(30)
    # The server notices that its client is gone when it has made the database.
    until("the session of the restore to end", lambda: waits() == [], seconds=30)
    assert rows(recovery)[0][1] is None
    said = mlops(*command)
    assert said.code == 0, said.err
    assert rows(recovery)[0][1] is not None
    assert not any(one.endswith("_restoring") for one in names(recovery))


def test_what_is_left_of_an_interrupted_restore_is_taken_up(recovery: Recovery) -> None:
    recovery.put("1/other", b"x" * 1000)
    name = recovery.take()
    recovery.lose()
    recovery.server.ask("CREATE DATABASE mlflow_restoring OWNER mlflow")
    recovery.server.ask("CREATE TABLE half (a int)", database="mlflow_restoring")
    recovery.put("1/other", b"x" * 1000)
    said = recovery.restore("--set", name)
    assert said.code == 0, said.err
    assert "mlflow-artifacts: 3 objects written, 1 were there" in said.out
    assert recovery.ask("SELECT to_regclass('half')") == [(None,)]


def test_a_second_one_is_refused_and_told_who_is_at_work(recovery: Recovery, monkeypatch: pytest.MonkeyPatch) -> None:
    name = recovery.take()
    before = rows(recovery)
    # The copy that the other one has loaded and compared.
    recovery.server.ask("CREATE DATABASE mlflow_restoring TEMPLATE mlflow")
    monkeypatch.setattr(administration, "PATIENCE", "20ms")
    with opened("upgrade") as other:
        pid = other.connection.info.backend_pid
        for command in ("restore", "--set", name, "--replace"), ("dr", "drill"):
            said = mlops(*command, "--identity", str(recovery.key))
            assert (said.code, f"mlops upgrade, pid {pid}, as postgres since 20" in said.err) == (1, True), said.err
    assert rows(recovery, "mlflow_restoring") == before
    assert names(recovery) == {*DATABASES, "mlflow_restoring"}


def test_names_that_cannot_be_changed_leave_what_was_there_open(
    recovery: Recovery, monkeypatch: pytest.MonkeyPatch
) -> None:
    recovery.server.ask("CREATE DATABASE mlflow_restoring OWNER mlflow")
    recovery.as_master(monkeypatch)
    place, before = Place("mlflow", "mlflow", exists=True, rows=True), rows(recovery)
    # A superuser's session is not the master's to end.
    with (
        recovery.server.connect(database="mlflow_restoring"),
        pytest.raises(BackupError, match="postgres failed"),
        opened("restore") as admin,
    ):
        swap(admin, place, "mlflow_before_1", print)
    assert recovery.server.ask("SELECT count(*) FROM runs", user="mlflow", database="mlflow") == [(RUNS,)]
    rename = Admin.rename

    def only_the_first(admin: Admin, old: str, new: str) -> None:
        if old == place.beside:
            raise BackupError("stopped between two names")
        rename(admin, old, new)

    monkeypatch.setattr(Admin, "rename", only_the_first)
    with pytest.raises(BackupError, match="between two names"), opened("restore") as admin:
        swap(admin, place, "mlflow_before_1", print)
    assert (names(recovery), rows(recovery)) == ({*DATABASES, "mlflow_restoring"}, before)
    assert recovery.server.ask("SELECT count(*) FROM runs", user="mlflow", database="mlflow") == [(RUNS,)]


def test_objects_alone_are_put_back_and_none_is_removed(recovery: Recovery) -> None:
    name = recovery.take()
    recovery.put("1/models/m-1/artifacts/MLmodel", b"changed")
    recovery.put("1/newer", b"of today")
    refused = recovery.restore("--set", name, "--only", "artifacts")
    assert (refused.code, "1 objects have other bytes, 1 are not in the set" in refused.err) == (1, True)
    assert recovery.restore("--set", name, "--only", "artifacts", "--replace").code == 0
    s3 = boto3.client("s3")
    assert (
        s3.get_object(Bucket="mlflow-artifacts", Key="1/models/m-1/artifacts/MLmodel")["Body"].read()
        == b"flavors: {}\n"
    )
    assert "1/newer" in recovery.keys("mlflow-artifacts")
    assert names(recovery) == set(DATABASES)


def test_the_registry_alone_is_put_back_into_the_database_that_is_there(
    recovery: Recovery, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every table is read as large ones are. A session that waits for another of the same restore would wait for ever.
    monkeypatch.setattr(server, "LARGE", 0)
    monkeypatch.setenv("PGOPTIONS", "-c lock_timeout=5s")
    name = recovery.take()
    recovery.ask("DELETE FROM registered_model_aliases")
    recovery.ask("INSERT INTO registered_models (workspace, name) VALUES ('default', 'mistake')")
    recovery.ask("UPDATE runs SET name = 'kept'")
    recovery.as_master(monkeypatch)
    assert "the registry has models" in recovery.restore("--set", name, "--only", "registry").err
    said = recovery.restore("--set", name, "--only", "registry", "--replace")
    assert said.code == 0, said.err
    assert recovery.ask("SELECT name, alias FROM registered_model_aliases") == [("churn-classifier", "champion")]
    assert recovery.ask("SELECT name FROM registered_models") == [("churn-classifier",)]
    assert recovery.ask("SELECT DISTINCT name FROM runs") == [("kept",)]
    recovery.ask("UPDATE alembic_version SET version_num = 'newer'")
    other = recovery.restore("--set", name, "--only", "registry", "--replace")
    assert (other.code, "another schema" in other.err) == (1, True)


def test_a_champion_that_would_not_serve_is_not_swapped_in(recovery: Recovery) -> None:
    name = recovery.take()
    recovery.ask("UPDATE runs SET name = 'as it is'")
    jobs.store.client().delete_object(
        Bucket="mlflow-artifacts", Key="1/models/m-1/artifacts/artifacts/bundle/model.onnx"
    )
    said = recovery.restore("--set", name, "--only", "database", "--replace")
    assert said.code == 1
    assert "churn-classifier@champion would not serve" in said.err
    assert recovery.ask("SELECT DISTINCT name FROM runs") == [("as it is",)]
    assert not any("_before_" in one for one in names(recovery))
