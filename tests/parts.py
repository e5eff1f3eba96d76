"""`python -m tests.parts`: every test; the units in two halves beside each other, then the engine beside the platform.

The two halves share no server. MLflow and what it holds are fixtures of `tests/jobs`, filled in the order of its files:
beside the other units are only those folders of it that use a server of their own.

The engine's tests have namespaces of their own: the clusters of both leave links, rules, mounts and processes, and each
of the two judges what is left of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from local.cache import cache_root
from local.progress import Progress
from local.toolchain.build import build_toolchain
from local.toolchain.tools import TOOLS
from tests.support.beside import BESIDE

UNIT = "not (engine or cluster or e2e or last)"
ENGINE = "engine and not (cluster or e2e or last)"
PLATFORM = "cluster or e2e or last"
JOBS = "tests/jobs"
# Of `tests/jobs`: those about PostgreSQL, its backups and its recovery, a third of the time of all of it. They make
# MLflow's tables in their own process, which can be done only before anything else has done it.
RECOVERY = ("backup", "certificates", "database", "drill", "restore", "test_full_disk.py", "upgrade", "wal")


def pytest(marks: str, *more: str) -> list[str]:
    """Command of one part."""
    return [sys.executable, "-m", "pytest", "--durations=20", "--durations-min=10", "-m", marks, *more]


def halves() -> tuple[list[str], list[str]]:
    """What each half is not to take; the second is `tests/jobs` without what the first has of it."""
    there = sorted(path for path in Path(JOBS).iterdir() if path.is_dir() or path.name.startswith("test_"))
    first = [f"--ignore={path}" for path in there if path.name not in RECOVERY]
    return first, [JOBS, *(f"--ignore={JOBS}/{name}" for name in RECOVERY)]


def alone(command: list[str]) -> list[str]:
    """The same with links, processes and mounts of its own; its programs end with it."""
    namespaces = ["unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
    return [*namespaces, "sh", "-c", 'ip link set lo up && exec "$@"', "sh", *command]


@contextmanager
def beside(command: list[str], environment: Mapping[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """Runs it while something else runs, and says at the end what it said."""
    with tempfile.TemporaryFile("w+") as said:
        with subprocess.Popen(command, env=environment, stdout=said, stderr=subprocess.STDOUT, text=True) as running:
            yield running
        said.seek(0)
        print(said.read(), flush=True)


def main() -> int:
    """The worst exit code; a part that fails keeps no other from running."""
    first, second = halves()
    with beside(pytest(UNIT, *second)) as other:
        codes = [subprocess.call(pytest(UNIT, *first))]
    codes.append(other.returncode)
    # Behind its own door the engine's part cannot load what a program is built of.
    build_toolchain(cache_root(), Progress(), [tool.name for tool in TOOLS])
    with beside(alone(pytest(ENGINE)), {**os.environ, BESIDE: "platform"}) as other:
        codes.append(subprocess.call(pytest(PLATFORM), env={**os.environ, BESIDE: str(other.pid)}))
    codes.append(other.returncode)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
