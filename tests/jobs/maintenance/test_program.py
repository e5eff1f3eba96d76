"""Claims about how maintenance programs end."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.jobs.support import ROOT


@pytest.mark.parametrize(
    ("program", "problem"),
    [("buckets", "no bucket named"), ("roles", "a role that the platform does not have")],
)
def test_a_known_error_is_told_without_a_traceback_and_is_the_exit_code(program: str, problem: str) -> None:
    arguments = ["nobody"] if program == "roles" else []
    command = [sys.executable, "-m", f"jobs.maintenance.{program}", *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(problem)
