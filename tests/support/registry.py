"""A real registry for tests: CNCF distribution out of the toolchain's cache, on the loopback interface."""

from __future__ import annotations

import base64
import contextlib
import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from local.cache import cache_root
from local.cluster.wait import until
from local.progress import Progress
from local.toolchain.build import build_toolchain
from tests.jobs.support import free_port

# Before a test changes the environment.
CACHE = cache_root()
USER, PASSWORD = "pusher", "open sesame"
# With the password as bcrypt keeps it.
HTPASSWD = f"{USER}:$2b$04$rvLUzSY3/EerQ9CnDHXE5.lDVfnze6Lq2G8aRnikpqmC97qNUFDjm\n"


@dataclass(frozen=True)
class Registry:
    """A registry's address, with its images below `folder`."""

    folder: Path
    port: int = field(default_factory=free_port)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def login(self, folder: Path, password: str = PASSWORD) -> Path:
        """A folder for $DOCKER_CONFIG as `docker login` leaves it."""
        folder.mkdir(parents=True, exist_ok=True)
        word = base64.b64encode(f"{USER}:{password}".encode()).decode()
        (folder / "config.json").write_text(json.dumps({"auths": {self.host: {"auth": word}}}))
        return folder


def crane() -> Path:
    """The folder that has the client."""
    return build_toolchain(CACHE, Progress(), ("crane",))


@contextlib.contextmanager
def running(registry: Registry, *, closed: bool = False) -> Iterator[Registry]:
    """The registry, open to everybody or `closed` to all but the user."""
    program = build_toolchain(CACHE, Progress(), ("registry",)) / "registry"
    registry.folder.mkdir(parents=True, exist_ok=True)
    (registry.folder / "htpasswd").write_text(HTPASSWD)
    settings = {
        "version": "0.1", "log": {"level": "warn"}, "http": {"addr": registry.host},
        "storage": {"filesystem": {"rootdirectory": str(registry.folder / "images")}},
        "auth": {"htpasswd": {"realm": "test", "path": str(registry.folder / "htpasswd")}} if closed else {},
    }  # fmt: skip
    (registry.folder / "config.yaml").write_text(yaml.safe_dump(settings))
    with (registry.folder / "log").open("ab") as log:
        command = [str(program), "serve", str(registry.folder / "config.yaml")]
        process = subprocess.Popen(command, env={"PATH": "/usr/bin:/bin"}, stdout=log, stderr=log)
    try:
        until("the registry to answer", lambda: _answers(registry.port), seconds=30)
        yield registry
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(registry.folder, ignore_errors=True)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
