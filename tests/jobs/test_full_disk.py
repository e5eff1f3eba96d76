"""A full disk is named, exits 1 and leaves nothing half registered: real tmpfs in a mount namespace of its own."""

from __future__ import annotations

import http.server
import json
import os
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from jobs.errors import explain
from tests.jobs.recovery import Recovery
from tests.jobs.support import CONFIG, ROOT, connecting_client, free_port, mlops, running

UNSHARE = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]


def on_small_disk(folder: Path, size: str, *arguments: str) -> list[str]:
    """`mlops ARGUMENTS` as a command that sees a file system of this size at the folder."""
    command = shlex.join([sys.executable, "-m", "jobs", *arguments])
    return [*UNSHARE, "sh", "-c", f"mount -t tmpfs -o size={size} tmpfs {shlex.quote(str(folder))} && exec {command}"]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    folder = tmp_path / "small"
    folder.mkdir()
    return folder


def config_of(experiment: str, folder: Path) -> Path:
    config = folder / "config.yaml"
    config.write_text(CONFIG.read_text().replace("experiment: churn-classifier", f"experiment: {experiment}"))
    return config


def test_a_full_disk_of_artifacts_fails_the_run_and_registers_nothing(
    tracking: str, small: Path, tmp_path: Path
) -> None:
    client = MlflowClient(tracking)
    place = client.create_experiment("disk-is-full", artifact_location=small.as_uri())
    done = subprocess.run(
        on_small_disk(small, "64k", "train", "run", str(config_of("disk-is-full", tmp_path))),
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert "error: the disk is full\n" in done.stderr
    assert str(small) in done.stderr
    assert "Traceback" not in done.stderr
    runs = client.search_runs([place])
    assert {run.info.status for run in runs} == {"FAILED"}
    assert all("No space left on device" in run.data.tags["mlops.failure"] for run in runs)
    assert mlops("models", "register", "disk-is-full").code == 1
    assert mlops("models", "list", "disk-is-full").code == 1


@pytest.fixture
def full_server(small: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A tracking server whose database cannot grow → the file that fills its disk."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = on_small_disk(small, "4m", "tracking", "serve", "--folder", str(small), "--port", str(port))
    with running(*command, env={"PYTHONPATH": str(ROOT)}) as server, connecting_client(address) as client:
        assert client.get("/health").text == "OK"
        filler = Path(f"/proc/{server.process.pid}/root{small}/filler")
        with pytest.raises(OSError, match="No space"):
            filler.write_bytes(bytes(4 * 1024 * 1024))
        monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
        yield filler


def test_a_full_disk_of_the_tracking_server_is_told_and_registers_nothing(
    full_server: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    said = mlops("train", "run", str(config_of("server-is-full", tmp_path)))
    assert (said.code, "a server fails on every attempt" in said.err) == (1, True)
    assert "such as a full disk" in said.err
    full_server.unlink()
    client = MlflowClient()
    assert client.search_registered_models() == []
    assert [one.name for one in client.search_experiments()] == ["Default"]


class Full(http.server.BaseHTTPRequestHandler):
    """The platform's tracking server on a full database, as `jobs.tracking.app` answers."""

    def do_GET(self) -> None:
        words = "(psycopg.errors.DiskFull) could not extend file: No space left on device"
        self.send_response(507)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps({"error_code": "TEMPORARILY_UNAVAILABLE", "message": words}).encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_the_platform_s_tracking_server_on_a_full_disk_is_told_at_once_with_its_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Full) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{server.server_port}")
        said = mlops("models", "list")
        server.shutdown()
    assert said.code == 1
    assert "a server has no space left" in said.err
    assert "could not extend file" in said.err


def refused(status: int, code: str, message: str) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]  # the parts that a store sends
        "PutObject",
    )


def test_a_full_disk_of_backups_leaves_no_set_there_and_harms_none_elsewhere(recovery: Recovery, small: Path) -> None:
    recovery.put("1/large.bin", os.urandom(200_000))
    name = recovery.take()
    for words in (["run", "--place", str(small)], ["copy", str(small)]):
        command = on_small_disk(small, "64k", "backup", *words)
        # What was written is only there as long as the name space is.
        shell = command[-1].replace("&& exec", f"&& mkdir {small}/sets &&")
        command[-1] = f"{shell}; code=$?; find {small} -type f; exit $code"
        done = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
        assert done.returncode == 1, done.stdout + done.stderr
        assert "error: the disk is full\n" in done.stderr
        assert f"No space left on device: '{small}/packs/" in done.stderr
        assert "Traceback" not in done.stderr
        assert f"{small}/sets" not in done.stdout
    verified = mlops("backup", "verify", "--identity", str(recovery.key), "--json")
    assert [one["set"] for one in verified.json] == [name]


@pytest.mark.parametrize(
    "error",
    [
        refused(507, "Unknown", "Insufficient Storage"),
        refused(507, "Other", ""),
        refused(500, "InternalError", "write /data/x: no space left on device"),
        refused(507, "XMinioStorageFull", "Storage backend has reached its minimum free drive threshold."),
        MlflowException('(psycopg.errors.DiskFull) could not extend file "base/1/2": No space left on device'),
    ],
)
def test_an_answer_that_means_a_full_disk_is_named_as_such(error: Exception) -> None:
    assert "a server has no space left" in str(explain(error))


def test_another_refusal_is_not_taken_for_a_full_disk() -> None:
    for error in (refused(403, "AccessDenied", "not yours"), MlflowException("run 507507 is not known")):
        assert "the request was refused" in str(explain(error))
