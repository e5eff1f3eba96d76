from __future__ import annotations

import io
import json
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jobs.backup.database import BackupError, backup, check_space, run_tool
from jobs.errors import ConfigError

NOW = datetime(2026, 11, 21, 2, 0, 5, tzinfo=UTC)


class Store:
    """A store in memory; `damage` changes what is read back."""

    def __init__(self, damage: bytes = b"") -> None:
        self.objects: dict[str, bytes] = {}
        self.metadata: dict[str, dict[str, str]] = {}
        self.damage = damage

    def upload_file(self, path: str, bucket: str, key: str, ExtraArgs: dict[str, Any]) -> None:
        self.objects[f"{bucket}/{key}"] = Path(path).read_bytes() + self.damage
        self.metadata[key] = ExtraArgs["Metadata"]

    def put_object(self, Bucket: str, Key: str, Body: bytes) -> None:
        self.objects[f"{Bucket}/{Key}"] = Body

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        content = io.BytesIO(self.objects[f"{Bucket}/{Key}"])
        return {"Body": SimpleNamespace(iter_chunks=lambda size: iter(lambda: content.read(size), b""))}


def dump(command: Sequence[str]) -> str:
    """Stands for psql, pg_dump and pg_restore; each database has 4 KiB."""
    target = next((one.removeprefix("--file=") for one in command if one.startswith("--file=")), None)
    if target:
        Path(target).write_text(f"dump of {command[-1]}")
    return "4096\n" if command[0] == "psql" else ""


def test_each_database_is_stored_with_its_digest_and_the_manifest_names_all() -> None:
    store: Any = Store()
    backup(store, "backups", ["mlflow", "mlflow_auth"], NOW, dump)
    folder = "backups/database/2026-11-21T02-00-05Z"
    assert store.objects[f"{folder}/mlflow.dump"] == b"dump of mlflow"
    manifest = json.loads(store.objects[f"{folder}/manifest.json"])
    assert [one["database"] for one in manifest["dumps"]] == ["mlflow", "mlflow_auth"]
    for one in manifest["dumps"]:
        assert store.metadata[one["key"]]["sha256"] == one["sha256"]


def test_what_is_read_back_otherwise_is_no_backup() -> None:
    store: Any = Store(damage=b"!")
    with pytest.raises(BackupError, match="not what was dumped"):
        backup(store, "backups", ["mlflow"], NOW, dump)
    assert not any("manifest" in key for key in store.objects)


def test_a_dump_that_fails_says_the_tool_s_own_words_and_stores_nothing(tmp_path: Path) -> None:
    store: Any = Store()
    failing = tmp_path / "pg_dump"
    failing.write_text("#!/bin/sh\necho 'connection refused' >&2; exit 1\n")
    failing.chmod(0o755)
    with pytest.raises(BackupError, match="connection refused"):
        backup(store, "backups", ["mlflow"], NOW, lambda command: run_tool([str(failing), *command[1:]]))
    assert store.objects == {}


def test_a_tool_that_is_not_installed_is_named() -> None:
    with pytest.raises(ConfigError, match="no-such-tool is not installed"):
        run_tool(["no-such-tool"])


def test_too_little_space_is_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    free = shutil.disk_usage(tmp_path).free
    asked: list[str] = []

    def huge(command: Sequence[str]) -> str:
        asked.append(f"{command[0]} {command[-1]}")
        return f"{4096 if command[-1] == 'mlflow' else free * 2}\n"

    store: Any = Store()
    with pytest.raises(BackupError, match="too little space for a dump of mlflow_auth") as refused:
        backup(store, "backups", ["mlflow", "mlflow_auth"], NOW, huge)
    assert f"at least {free * 2} bytes" in str(refused.value)
    assert "bytes free" in str(refused.value)
    assert asked == ["psql mlflow", "psql mlflow_auth"]
    assert (store.objects, list(tmp_path.iterdir())) == ({}, [])


def test_a_pod_may_write_less_than_its_nodes_disk_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("MLOPS_SCRATCH_BYTES", "4095")

    with pytest.raises(BackupError, match="too little space for a dump of mlflow") as refused:
        check_space(["mlflow"], lambda _: "4096")
    assert "4095 bytes free" in str(refused.value)


def test_a_limit_that_is_no_number_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_SCRATCH_BYTES", "5Gi")

    with pytest.raises(ConfigError, match="give a number of bytes"):
        check_space(["mlflow"], lambda _: "1")
