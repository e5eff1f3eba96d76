"""Claims about copying by the clock: the lines of the runbook, with what cron gives to a command and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from jobs.datasets.shelf import shelf_of
from tests.jobs.backup.small import TIME, small
from tests.jobs.checks.platform import kubeconfig
from tests.jobs.support import ROOT, mlops
from tests.jobs.test_metrics import gateway
from tests.repository.documents import RUNBOOKS, blocks
from tests.support import store as storage

__all__ = ["gateway"]
CRONTAB = "#!/bin/sh\nif [ $1 = - ]; then cat >$0.tab; else exit 1; fi\n"
PUSHED = "/api/v1/namespaces/ml-monitoring/services/pushgateway:9091/proxy/metrics/job/backup-copy"


@pytest.fixture
def lines(tmp_path: Path) -> list[str]:
    """What the runbook puts into the crontab, for the place `disk/backups`."""
    (block,) = (block.text for block in blocks(RUNBOOKS / "back-up.md") if "crontab -" in block.text)
    crontab = tmp_path / "crontab"
    crontab.write_text(CRONTAB)
    crontab.chmod(0o755)
    text = block.replace("PLACE", str(tmp_path / "disk" / "backups"))
    path = f"{tmp_path}:{os.environ['PATH']}"
    subprocess.run(["bash", "-euo", "pipefail", "-c", text], cwd=ROOT, env={"PATH": path}, check=True)
    return (tmp_path / "crontab.tab").read_text().splitlines()


@pytest.fixture
def home(store: storage.Server, tmp_path: Path) -> Path:
    """Of somebody who ran `make up`: an instance whose API is the gateway's server."""
    cache = tmp_path / "home" / ".cache" / "mlops"
    instance = cache / "instances" / "local"
    instance.mkdir(parents=True)
    (cache / "venv").symlink_to(storage.CACHE / "venv")
    access, secret = store.root
    outputs = {
        "storeEndpoint": store.url, "storeRegion": storage.REGION, "storeAccessKey": access, "storeSecretKey": secret,
        "bucketNames": {"backups": "backups"},
    }  # fmt: skip
    (instance / "outputs.json").write_text(json.dumps(outputs))
    return tmp_path / "home"


def test_the_lines_of_the_runbook_copy_tell_prometheus_thin_out_and_say_what_is_wrong(
    lines: list[str], home: Path, gateway: dict[str, str], tmp_path: Path
) -> None:
    kubeconfig(home / ".cache" / "mlops" / "instances" / "local", os.environ["MLOPS_PUSHGATEWAY"])
    copy, rotate = (line[line.index("/") :] for line in lines)
    assert lines == [f"47 * * * * {copy}", f"7 4 * * 0 {rotate}"]
    taken = small(shelf=shelf_of("s3://backups"))

    def cron(command: str) -> subprocess.CompletedProcess[str]:
        environment = {"HOME": str(home), "LOGNAME": "ada", "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin"}
        return subprocess.run(["/bin/sh", "-c", command], cwd=home, env=environment, capture_output=True, text=True)

    done = cron(copy)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    listed = mlops("backup", "list", "--place", str(tmp_path / "disk" / "backups"), "--json")
    assert [one["set"] for one in listed.json] == [taken.entry.id]
    assert [*gateway] == [PUSHED]
    figures = dict(row.split() for row in gateway[PUSHED].splitlines() if not row.startswith("#"))
    assert float(figures["mlops_backup_copied_set_timestamp_seconds"]) == TIME.timestamp()
    assert float(figures["mlops_backup_copied_timestamp_seconds"]) > TIME.timestamp()

    left = tmp_path / "disk" / "backups" / "packs" / ("0" * 64)
    left.write_bytes(b"of no set")
    os.utime(left, (0, 0))
    done = cron(rotate)
    assert (done.returncode, done.stdout, done.stderr, left.exists()) == (0, "", "", False)

    (tmp_path / "disk").rename(tmp_path / "unplugged")
    (tmp_path / "disk").mkdir()
    gateway.clear()
    done = cron(copy)
    assert (done.returncode, done.stdout, gateway) == (2, "", {})
    assert "error: this is no place of sets" in done.stderr
    assert [*(tmp_path / "disk").iterdir()] == []


def test_what_is_copied_from_another_place_is_not_told(
    store: storage.Server, gateway: dict[str, str], tmp_path: Path
) -> None:
    assert store.url
    small(shelf=shelf_of(str(tmp_path / "here")))
    (tmp_path / "there" / "sets").mkdir(parents=True)
    said = mlops("backup", "copy", str(tmp_path / "there"), "--place", str(tmp_path / "here"))
    assert (said.code, gateway) == (0, {})
