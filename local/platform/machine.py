"""What this machine must offer before the platform can run: checked first, then completed from Debian's packages."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from local.errors import LocalError

MINIMUM_DISK_GB = 10
PROGRAMS: Mapping[str, str] = {
    "ip": "iproute2",
    "mmdebstrap": "mmdebstrap",
    "nsenter": "util-linux",
    "unshare": "util-linux",
}


@dataclass(frozen=True)
class Machine:
    """What the checks look at."""

    user_id: int
    filesystems: str
    free_gb: float
    has_apt: bool
    missing_programs: tuple[str, ...]

    @classmethod
    def look(cls, cache: Path) -> Machine:
        """Reads this machine. `cache` need not exist yet."""
        existing = next(path for path in (cache, *cache.parents) if path.exists())
        return cls(
            user_id=os.geteuid(),
            filesystems=Path("/proc/filesystems").read_text(),
            free_gb=shutil.disk_usage(existing).free / 2**30,
            has_apt=shutil.which("apt-get") is not None,
            missing_programs=tuple(program for program in PROGRAMS if shutil.which(program) is None),
        )

    @property
    def missing_packages(self) -> list[str]:
        return sorted({PROGRAMS[program] for program in self.missing_programs})


def problems(machine: Machine, cache: Path) -> list[str]:
    """Everything that stands in the way and cannot be installed, each with what to change."""
    found = []
    if machine.user_id != 0:
        found.append(f"user id is {machine.user_id}, the node's namespaces need root: run it as root")
    if "overlay" not in machine.filesystems.split():
        found.append("the kernel offers no overlay file system (see /proc/filesystems): modprobe overlay")
    if machine.free_gb < MINIMUM_DISK_GB:
        found.append(
            f"{machine.free_gb:.1f} GB are free at {cache}, {MINIMUM_DISK_GB} are needed: free some, or set MLOPS_CACHE"
        )
    if machine.missing_programs and not machine.has_apt:
        found.append(f"{', '.join(machine.missing_programs)} missing and no apt-get to install them with")
    return found


def ready_machine(cache: Path, report: Callable[[str], None]) -> None:
    """Raises with all problems at once, before anything is changed; then installs the packages that are missing."""
    machine = Machine.look(cache)
    found = problems(machine, cache)
    if found:
        raise LocalError("this machine cannot run the platform:\n" + "\n".join(f"  - {problem}" for problem in found))
    if machine.missing_packages:
        report(f"installing {', '.join(machine.missing_packages)}")
        _apt("update")
        _apt("install", "--yes", "--no-install-recommends", *machine.missing_packages)


def _apt(*arguments: str) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(["apt-get", "--quiet", *arguments], capture_output=True, text=True, env=environment)
    if done.returncode:
        raise LocalError(f"apt-get {' '.join(arguments)} failed:\n{done.stdout[-1000:]}{done.stderr[-1000:]}")
