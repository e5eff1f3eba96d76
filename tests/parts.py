"""`python -m tests.parts`: every test; those of `jobs` beside the other units, then what needs engine or cluster.

The two halves share no server: MLflow, the store and what they hold are fixtures of `tests/jobs`, filled in the order
of its files.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile

UNIT = "not (engine or cluster or e2e or last)"
REST = "engine or cluster or e2e or last"
JOBS = "tests/jobs"


def pytest(marks: str, *more: str) -> list[str]:
    """Command of one part."""
    return [sys.executable, "-m", "pytest", "--durations=20", "--durations-min=10", "-m", marks, *more]


def main() -> int:
    """The worst exit code; a part that fails keeps no other from running."""
    with tempfile.TemporaryFile("w+") as said:
        beside = subprocess.Popen(pytest(UNIT, JOBS), stdout=said, stderr=subprocess.STDOUT)
        codes = [subprocess.call(pytest(UNIT, f"--ignore={JOBS}")), beside.wait()]
        said.seek(0)
        print(said.read(), flush=True)
    codes.append(subprocess.call(pytest(REST)))
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
