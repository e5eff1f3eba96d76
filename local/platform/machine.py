"""What this machine must offer before the platform can run: checked first, then completed from Debian's packages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from local.cache import cache_root
from local.errors import LocalError

STACK_FILE = Path(__file__).parents[2] / "Pulumi.local.yaml"
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


def problems(machine: Machine, cache: Path, *, node: bool = True) -> list[str]:
    """Everything that stands in the way and cannot be installed, each with what to change; `node`: of starting one."""
    found = []
    if node and machine.user_id != 0:
        found.append(f"user id is {machine.user_id}, the node's namespaces need root: run it as root")
    if node and "overlay" not in machine.filesystems.split():
        found.append("the kernel offers no overlay file system (see /proc/filesystems): modprobe overlay")
    if machine.free_gb < MINIMUM_DISK_GB:
        found.append(
            f"{machine.free_gb:.1f} GB are free at {cache}, {MINIMUM_DISK_GB} are needed: free some, or set MLOPS_CACHE"
        )
    if node and machine.missing_programs and not machine.has_apt:
        found.append(f"{', '.join(machine.missing_programs)} missing and no apt-get to install them with")
    return found


def check_machine(cache: Path, *, node: bool = True) -> Machine:
    """Raises with all problems at once; nothing is changed."""
    machine = Machine.look(cache)
    found = problems(machine, cache, node=node)
    if found:
        raise LocalError("this machine cannot run the platform:\n" + "\n".join(f"  - {problem}" for problem in found))
    return machine


def ready_machine(cache: Path, report: Callable[[str], None], *, node: bool = True) -> None:
    """Checks the machine, then installs the packages that are missing for the node."""
    missing = check_machine(cache, node=node).missing_packages
    if node and missing:
        report(f"installing {', '.join(missing)}")
        _apt("update")
        _apt("install", "--yes", "--no-install-recommends", *missing)


def _apt(*arguments: str) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(["apt-get", "--quiet", *arguments], capture_output=True, text=True, env=environment)
    if done.returncode:
        raise LocalError(f"apt-get {' '.join(arguments)} failed:\n{done.stdout[-1000:]}{done.stderr[-1000:]}")


def main() -> int:
    """What `make` asks before the Python environment is made, so with nothing but the standard library."""
    # Without a YAML reader: no other object of the stack file has this key.
    named = re.search(r"^[^#\n]*\bkubeconfig:", STACK_FILE.read_text(), re.MULTILINE)
    try:
        check_machine(cache_root(), node=named is None)
    except LocalError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
