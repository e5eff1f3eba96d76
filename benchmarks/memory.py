"""What a process took of the machine's memory."""

from __future__ import annotations

from pathlib import Path


def peak(pid: int | None = None) -> float:
    """MiB of a process, by default this one, at its most. Not `ru_maxrss`: that begins with what its parent had."""
    status = Path(f"/proc/{'self' if pid is None else pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024
