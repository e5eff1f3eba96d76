"""Claims about the commands, by the examples that their help shows."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest

from tests.jobs.recovery import Recovery
from tests.jobs.support import example, mlops


def test_the_examples_take_list_and_verify_a_set(recovery: Recovery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_BACKUP_IDENTITY", str(recovery.key))
    taken = example("backup run")
    assert taken.code == 0, taken.err
    name = taken.out.splitlines()[-1].split()[1].rstrip(":")
    listed = example("backup list")
    assert name in listed.out
    verified = example("backup verify")
    assert verified.code == 0, verified.err
    assert f"{name}: sound" in verified.out
    assert "every chunk opened" in verified.out
    stored = mlops("backup", "verify", "--stored", "--all", "--json")
    assert [(one["set"], one["opened"]) for one in stored.json] == [(name, False)]


def test_every_set_that_is_not_sound_is_named_and_the_others_are_read(recovery: Recovery) -> None:
    spoilt = recovery.take()
    first = recovery.keys("backups", "packs/")
    lost = recovery.take("--anew")
    second = sorted({*recovery.keys("backups", "packs/")} - {*first})
    sound = recovery.take("--anew")
    recovery.put(first[0], b"spoilt", "backups")
    boto3.client("s3").delete_object(Bucket="backups", Key=second[0])
    said = mlops("backup", "verify", "--stored", "--all", "--json")
    assert said.code == 1
    assert {one["set"]: one.get("problem") for one in said.json} == {
        spoilt: "a pack is not what was written", lost: "a pack of the set is missing", sound: None,
    }  # fmt: skip


def test_a_set_that_is_not_sound_is_listed_as_that(recovery: Recovery) -> None:
    name = recovery.take()
    (key,) = recovery.keys("backups", "sets/")
    boto3.client("s3").put_object(Bucket="backups", Key=key, Body=b"{}")
    row = mlops("backup", "list", "--json").json[0]
    assert (row["set"], row["problem"]) == (name, "the manifest is not the one that was written under this name")
    assert mlops("backup", "verify", "--stored").code == 1
    again = mlops("backup", "run")
    assert again.code == 0, again.err
    assert f"{name} cannot be used" in again.out


def test_a_set_of_some_databases_does_not_lie_among_whole_ones(recovery: Recovery, tmp_path: Path) -> None:
    refused = mlops("backup", "run", "--database", "mlflow")
    assert (refused.code, "would pass for a whole one" in refused.err) == (2, True)
    assert recovery.keys("backups", "sets/") == []
    assert mlops("backup", "run", "--database", "mlflow", "--place", str(tmp_path / "sets")).code == 0


def test_the_example_makes_a_key_that_only_its_owner_can_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = example("backup key")
    assert made.out.startswith("age1")
    assert (tmp_path / "backup.key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "backup.key").read_text().splitlines()[1].startswith("AGE-SECRET-KEY-1")
    again = example("backup key")
    assert again.code == 2
    assert "  File exists\n  given:   backup.key\n" in again.err
    assert "change:  give `mlops backup key` another name" in again.err
