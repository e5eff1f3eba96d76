"""A real Alertmanager on this machine, of the version that the image has.

Debian's reads its templates from /usr/share: it is started in the node's root folder, of which it sees a copy of the
mounts with the test's folder at /mnt.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from infra.observability.alert import Alert
from infra.observability.receivers import FOLDER
from tests.jobs.support import free_port
from tests.support import promtool

NAME = "prometheus-alertmanager"
CASE = "case"


@dataclass(frozen=True)
class Alertmanager:
    """A running one; alerts are given to it as Prometheus does."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def fire(self, *alerts: Alert, over: bool = False, about: Mapping[str, str] | None = None) -> None:
        """These fire now, or are over; `about` are labels of what they are about."""
        end = {"endsAt": datetime.now(UTC).isoformat()} if over else {}
        sent = [{**_as_sent(alert, about or {}), **end} for alert in alerts]
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v2/alerts",
            data=json.dumps(sent).encode(),
            headers={"content-type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=5).close()

    def firing(self) -> set[str]:
        """Names of the alerts that fire, told or not."""
        return {one["labels"]["alertname"] for one in json.loads(self._get("/api/v2/alerts"))}

    def suppressed(self) -> int:
        """How often an alert was due and not told because of another."""
        return self._counted('alertmanager_notifications_suppressed_total{reason="inhibition"}')

    def failed(self) -> int:
        """How many notifications were not taken."""
        return self._counted("alertmanager_notifications_failed_total{")

    def _counted(self, series: str) -> int:
        return sum(int(line.split()[-1]) for line in self._get("/metrics").splitlines() if line.startswith(series))

    def _get(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
            return str(answer.read().decode())

    def wait(self, condition: Callable[[], Any], what: str) -> None:
        end = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < end, f"waited 20 s for {what}\n{self.log.read_text()[-3000:]}"
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.02)


def _as_sent(alert: Alert, more: Mapping[str, str]) -> dict[str, Any]:
    rule: dict[str, Any] = alert.rule()
    labels = {"alertname": alert.name, **rule["labels"], **more}
    return {"labels": labels, "annotations": rule["annotations"]}


def hurried(config: str, folder: str) -> str:
    """The configuration with its secrets in `folder`, and fractions of seconds instead of minutes, in the same order.

    With a label `case`, alerts are of platforms that have nothing to do with each other: many tests in one process.
    """
    parsed = yaml.safe_load(config.replace(FOLDER, folder))
    root = parsed["route"]
    root |= {"group_wait": "200ms", "group_interval": "500ms", "group_by": [*root["group_by"], CASE]}
    for route in root["routes"]:
        # Of the heartbeat: both by the same factor, 60 s become 500 ms.
        for key in {"group_interval", "repeat_interval"} & (route.keys() if "group_interval" in route else set()):
            route[key] = f"{int(route[key].removesuffix('s')) * 1000 // 120}ms"
        for child in route.get("routes", ()):
            child["group_wait"] = "1s"
    for rule in parsed["inhibit_rules"]:
        rule["equal"] = [*rule.get("equal", ()), CASE]
    return yaml.safe_dump(parsed)


@contextlib.contextmanager
def alertmanager(folder: Path, config: str, secrets: Mapping[str, str]) -> Iterator[Alertmanager]:
    """Runs it with this configuration until the block ends."""
    for name, secret in secrets.items():
        (folder / name).write_text(secret)
    port, log = free_port(), folder / "output"
    line, seen = _line(folder)
    (folder / "alertmanager.yaml").write_text(hurried(config, seen))
    line += [
        f"--config.file={seen}/alertmanager.yaml",
        f"--storage.path={seen}/data",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(line, stdout=output, stderr=output)
    try:
        started = Alertmanager(port, process, log)
        started.wait(lambda: _answers(port), "Alertmanager to be ready")
        yield started
    finally:
        process.terminate()
        process.wait(10)


def _line(folder: Path) -> tuple[list[str], str]:
    """How it is started, and where it sees the folder."""
    root = promtool.node_root(NAME)
    if root:
        script = 'mount --bind "$1" "$2/mnt" && root=$2 && shift 2 && exec chroot "$root" "$@"'
        return ["unshare", "--mount", "sh", "-c", script, "sh", str(folder), str(root), f"/usr/bin/{NAME}"], "/mnt"
    if found := shutil.which(NAME):
        return [found], str(folder)
    raise promtool.ToolMissingError(NAME)


def _answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=2).close()
    except OSError:
        return False
    return True
