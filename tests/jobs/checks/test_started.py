"""The time of a process begins when the kernel made it, before Python runs."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from jobs.checks.started import left

TOLD = "import time; from jobs.checks.started import elapsed; time.sleep(0.1); print(elapsed())"


def test_a_process_counts_from_before_python_until_now() -> None:
    tick, before = 1 / os.sysconf("SC_CLK_TCK"), time.monotonic()
    # As `mlops` does: a shell becomes the program, and is the same process.
    told = ["bash", "-c", f'sleep 0.2; exec {sys.executable} -c "{TOLD}"']
    said = float(subprocess.run(told, capture_output=True, text=True, check=True).stdout)

    assert 0.3 <= said <= time.monotonic() - before + tick


def test_what_is_left_never_falls_below_the_least() -> None:
    assert left(1e9, 1) > 1e8
    assert left(0, 1.5) == 1.5
