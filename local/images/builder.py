"""buildah, run in the node's root folder: the host needs neither it nor a container engine."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from local.errors import LocalError

ENTER = Path(__file__).parent / "enter.sh"
TRY = (Path(__file__).parent / "try.sh").read_text()
# The namespaces end with the caller too, however it ends.
_UNSHARE = (
    "setpriv",
    "--pdeathsig",
    "KILL",
    "unshare",
    "--mount",
    "--pid",
    "--fork",
    "--kill-child",
    "--propagation",
    "private",
)
_PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
TAIL = 15
# For each RUN buildah runs a sealed copy of itself in memory. The kernel refuses the seal while anything else holds one
# of its pages for more than 155 ms (mm/memfd.c), as page migration may on a busy machine. Finished steps stand in the
# layer store.
_SEAL_REFUSED = "sealing memfd copy: Device or resource busy"
_SEAL_TRIES = 3
# A smoke run imports modules, trains on a few rows or starts a program: seconds, also on a busy machine.
SMOKE_SECONDS = 300


class Builder:
    """Runs buildah on the layer store in `folder`; nothing of it outlives a call."""

    def __init__(self, node_root: Path, folder: Path, binds: Mapping[Path, Path]) -> None:
        if shutil.which("unshare") is None:
            raise LocalError("unshare is missing, images are built in their own namespaces: apt-get install util-linux")
        if not (node_root / "usr/bin/buildah").exists():
            raise LocalError(f"{node_root} has no buildah: make it with Debian's package buildah included")
        self._root = node_root
        self._folder = folder
        self._binds = {folder: folder, **binds}
        for name in ("storage", "tmp", "root"):
            (folder / name).mkdir(parents=True, exist_ok=True)

    def build(self, reference: str, context: Path, arguments: Mapping[str, str], mounts: Mapping[Path, str]) -> None:
        """Builds `context`/Dockerfile; unchanged steps come from the layer store."""
        options = [f"--build-arg={name}={value}" for name, value in arguments.items()]
        options += [f"--volume={source}:{target}" for source, target in mounts.items()]
        options += _limits()
        network = ["--isolation=chroot", "--network=host", "--pull-never"]
        self._buildah(f"image {reference}", "build", "--layers", *network, *options, f"--tag={reference}", str(context))

    def exists(self, reference: str) -> bool:
        return self._run(["buildah", *self._store(), "inspect", "--type=image", reference]).returncode == 0

    def smoke(
        self, reference: str, command: tuple[str, ...], folder: Path | None = None, port: int | None = None
    ) -> None:
        """Runs a command in a new container: as 65532, on a read-only root, without network; `folder` is at /mnt.

        With a `port` it must go on and listen there.
        """
        shown = " ".join(word for word in command if "\n" not in word)
        about = f"image {reference}: smoke run `{shown}`"
        try:
            done = self._run(
                [
                    "bash", "-c", TRY, "try", str(self._folder / "storage"), reference, str(folder or ""),
                    str(port or ""), *command,
                ],
                SMOKE_SECONDS, network=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise LocalError(f"{about} did not end within {SMOKE_SECONDS} s") from None
        if done.returncode:
            raise LocalError(f"{about} failed; its last lines:\n{_tail(done.stdout)}")

    def publish(self, reference: str, archive: Path) -> None:
        """Writes the image as an uncompressed docker archive: importing is then bound by the disk alone."""
        unfinished = self._folder / "tmp" / archive.name
        unfinished.unlink(missing_ok=True)
        self._buildah(f"image {reference}", "push", "--quiet", reference, f"docker-archive:{unfinished}:{reference}")
        unfinished.rename(archive)

    def references(self) -> list[str]:
        """All tagged images in the layer store."""
        return self._buildah("layer store", "images", "--noheading", "--format={{.Name}}:{{.Tag}}").split()

    def remove(self, reference: str) -> None:
        self._buildah(f"image {reference}", "rmi", "--force", reference)

    def clean(self) -> None:
        """Removes containers that an interrupted build left; call it under the lock only."""
        self._buildah("layer store", "rm", "--all")

    def _store(self) -> list[str]:
        return [f"--root={self._folder / 'storage'}", "--runroot=/run/buildah", "--storage-driver=overlay"]

    def _buildah(self, about: str, *arguments: str) -> str:
        command = ["buildah", *self._store(), *arguments]
        done = self._run(command)
        for _ in range(_SEAL_TRIES - 1):
            if done.returncode == 0 or _SEAL_REFUSED not in done.stdout:
                break
            done = self._run(command)
        if done.returncode:
            raise LocalError(f"{about} failed; the last lines of buildah {arguments[0]}:\n{_tail(done.stdout)}")
        return done.stdout

    def _run(
        self, command: list[str], timeout: float | None = None, *, network: bool = True
    ) -> subprocess.CompletedProcess[str]:
        environment = {name: os.environ[name] for name in _PROXIES if name in os.environ}
        environment |= {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "TMPDIR": str(self._folder / "tmp")}
        binds = [f"{source}:{target}" for source, target in self._binds.items()]
        enter = [
            *_UNSHARE,
            *([] if network else ["--net"]),
            "sh",
            str(ENTER),
            str(self._root),
            str(self._folder / "root"),
            *binds,
            "--",
            *command,
        ]
        return subprocess.run(
            enter, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout
        )


def _tail(output: str) -> str:
    return "\n".join(output.splitlines()[-TAIL:])


def _limits() -> list[str]:
    # Without CAP_SYS_RESOURCE buildah cannot raise limits to its own defaults, so it gets the host's.
    kinds = {"nofile": resource.RLIMIT_NOFILE, "nproc": resource.RLIMIT_NPROC}
    return [f"--ulimit={name}={hard}:{hard}" for name, kind in kinds.items() for hard in resource.getrlimit(kind)[1:]]
