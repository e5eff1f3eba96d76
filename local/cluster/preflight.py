"""Whether this machine can run the platform; asked before anything is changed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
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
    missing_programs: tuple[str, ...]

    @classmethod
    def look(cls, cache: Path) -> Machine:
        """Reads this machine. `cache` need not exist yet."""
        existing = next(path for path in (cache, *cache.parents) if path.exists())
        return cls(
            user_id=os.geteuid(),
            filesystems=Path("/proc/filesystems").read_text(),
            free_gb=shutil.disk_usage(existing).free / 2**30,
            missing_programs=tuple(program for program in PROGRAMS if shutil.which(program) is None),
        )


def problems(machine: Machine, cache: Path) -> list[str]:
    """Everything that stands in the way, each with what to change."""
    found = []
    if machine.user_id != 0:
        found.append(f"user id is {machine.user_id}, the node's namespaces need root: run as root (sudo make up)")
    if "overlay" not in machine.filesystems.split():
        found.append("the kernel offers no overlay file system (/proc/filesystems): load it (modprobe overlay)")
    if machine.free_gb < MINIMUM_DISK_GB:
        found.append(
            f"{machine.free_gb:.1f} GB are free at {cache}, {MINIMUM_DISK_GB} are needed: free some, or set MLOPS_CACHE"
        )
    for program in machine.missing_programs:
        found.append(f"{program} is missing: apt-get install {PROGRAMS[program]}")
    return found


def check_machine(cache: Path) -> None:
    """Raises with all problems at once."""
    found = problems(Machine.look(cache), cache)
    if found:
        raise LocalError("this machine cannot run the platform:\n" + "\n".join(f"  - {problem}" for problem in found))
