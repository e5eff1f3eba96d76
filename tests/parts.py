"""`python -m tests.parts`: every test; the units in two halves beside each other, then what needs engine or cluster.

The two halves share no server. MLflow and what it holds are fixtures of `tests/jobs`, filled in the order of its files:
beside the other units are only those folders of it that use a server of their own.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

UNIT = "not (engine or cluster or e2e or last)"
REST = "engine or cluster or e2e or last"
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


def main() -> int:
    """The worst exit code; a part that fails keeps no other from running."""
    with tempfile.TemporaryFile("w+") as said:
        first, second = halves()
        beside = subprocess.Popen(pytest(UNIT, *second), stdout=said, stderr=subprocess.STDOUT)
        codes = [subprocess.call(pytest(UNIT, *first)), beside.wait()]
        said.seek(0)
        print(said.read(), flush=True)
    codes.append(subprocess.call(pytest(REST)))
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
