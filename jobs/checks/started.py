"""How long this process has been there, for what it must end within."""

from __future__ import annotations

import os
import time
from pathlib import Path


def elapsed() -> float:
    """Seconds since the process was created, as the kernel counts: what the shell and Python took to start included."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    # Field 22 of proc(5); what is cut off ends with the second.
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[22 - 3]) / os.sysconf("SC_CLK_TCK")


def left(whole: float, least: float) -> float:
    """What is left of `whole` seconds since then; never below `least`."""
    return max(whole - elapsed(), least)
