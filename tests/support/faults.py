"""Real faults of servers, from outside: their processes are held or killed, or their CPU is taken away.

Pods of a machine's own cluster are processes of this machine, in control groups that bear the pod's uid.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

CPU = Path("/sys/fs/cgroup/cpu")
PERIOD = 100_000


def processes(uids: Iterable[str]) -> dict[int, str]:
    """Process → its control group of CPU; the pause process of a pod is left out."""
    wanted = list(uids)
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with suppress(OSError):
            groups = (folder / "cgroup").read_text().splitlines()
            if (folder / "comm").read_text().strip() == "pause":
                continue
            for line in groups:
                _, controllers, path = line.split(":", 2)
                if "cpu" in controllers.split(",") and any(uid in path for uid in wanted):
                    found[int(folder.name)] = path
    return found


def hold(uids: Iterable[str]) -> int:
    """They answer nothing any more, and are not dead → how many."""
    held = processes(uids)
    for process in held:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGSTOP)
    return len(held)


def kill(uids: Iterable[str]) -> int:
    """They are dead at once, without a chance to write anything → how many."""
    killed = processes(uids)
    for process in killed:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    return len(killed)


def throttle(uids: Iterable[str], share: float) -> int:
    """Each gets only this share of one core → how many groups."""
    groups = set(processes(uids).values())
    for group in groups:
        (CPU / group.lstrip("/") / "cpu.cfs_quota_us").write_text(str(int(PERIOD * share)))
    return len(groups)
