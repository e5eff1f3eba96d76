"""A model server whose disk is nearly full: a small quota instead of the node's disk, and a file that fills it.

The disk of `local` is that of the whole machine, which nobody fills for a drill. So the scratch folder of one server,
by which it tells of its node's disk, becomes a file system of 64 MB in that container alone.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.support.faults import processes

NAME, FOLDER = "mlops-drill", "/tmp"
SIZE_MB, FILLED_MB = 64, 60
# In a process of its own: one that has entered a container does not come back. Nothing of the container is run.
_INSIDE = f"""
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
def done(code):
    if code:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
done(libc.setns(os.open(f"/proc/{{sys.argv[1]}}/ns/mnt", os.O_RDONLY), 0x20000))
if sys.argv[2] == "fill":
    done(libc.mount(b"{NAME}", b"{FOLDER}", b"tmpfs", 0, b"size={SIZE_MB}m,mode=1777"))
    with open("{FOLDER}/full", "wb") as file:
        file.write(bytes({FILLED_MB} << 20))
else:
    done(libc.umount2(b"{FOLDER}", 2))
"""


def fill(uid: str) -> None:
    """The pod's disk is nearly full from now on."""
    _enter(min(processes([uid])), "fill")


def free(uids: Iterable[str]) -> None:
    """Every pod has its node's disk again; one that never lost it is left alone."""
    for process in processes(uids):
        if f" - tmpfs {NAME} " in Path(f"/proc/{process}/mountinfo").read_text():
            _enter(process, "free")


def _enter(process: int, how: str) -> None:
    done = subprocess.run([sys.executable, "-c", _INSIDE, str(process), how], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
