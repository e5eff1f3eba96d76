"""Starts and stops the two AWS emulators, as child processes on free loopback ports."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from local.aws.routes import ACCOUNT, MINISTACK, MOTO, REGION, environment
from local.cluster.wait import until
from local.errors import LocalError

_READY_SECONDS = 60
_STOP_SECONDS = 10


@dataclass(frozen=True)
class Emulator:
    """A running one: where it answers, and its process."""

    name: str
    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def answers(self) -> bool:
        if self.process.poll() is not None:
            raise LocalError(f"{self.name} ended with {self.process.returncode}:\n{self.log.read_text()[-2000:]}")
        try:
            with urllib.request.urlopen(_health(self), timeout=2) as reply:  # an address of our own
                return bool(reply.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Emulators:
    """Both emulators; with `with`, or `start` and `stop`. Their state is in memory and ends with them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[str, Emulator] = {}

    def start(self) -> Mapping[str, str]:
        """Starts both, waits until both answer, and returns the environment that leads to them."""
        try:
            for name in (MOTO, MINISTACK):
                self._running[name] = _started(name, self._folder)
            for emulator in self._running.values():
                until(f"{emulator.name} at {emulator.url}", emulator.answers, seconds=_READY_SECONDS)
        except BaseException:
            self.stop()
            raise
        return environment({name: emulator.url for name, emulator in self._running.items()})

    def stop(self) -> None:
        """Stops what runs. Safe to call twice."""
        while self._running:
            self._running.popitem()[1].stop()

    @property
    def pids(self) -> dict[str, int]:
        return {name: emulator.process.pid for name, emulator in self._running.items()}

    def __enter__(self) -> Mapping[str, str]:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _started(name: str, folder: Path) -> Emulator:
    folder.mkdir(parents=True, exist_ok=True)
    port, log = _free_port(), folder / f"{name}.log"
    command = {
        MOTO: [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        MINISTACK: [sys.executable, "-m", "ministack"],
    }[name]
    # The AWS settings of whoever starts them must not lead them anywhere.
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    own = {
        "MOTO_ACCOUNT_ID": ACCOUNT,
        # AWS's own policies (those of EKS) can be attached to roles only if moto has loaded them.
        "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": REGION,
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "TMPDIR": str(folder),
    }
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=inherited | own, stdout=output, stderr=output, cwd=folder)
    return Emulator(name, f"http://127.0.0.1:{port}", process, log)


def _health(emulator: Emulator) -> str:
    return f"{emulator.url}/{'moto-api/' if emulator.name == MOTO else '_ministack/health'}"


def _free_port() -> int:
    """A port that was free a moment ago; if another takes it, the emulator ends at once and says so."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
