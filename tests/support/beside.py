"""The part of the tests that runs beside this one (`tests/parts.py`): what its clusters leave is not ours to judge."""

from __future__ import annotations

import os
from pathlib import Path

# In the part of the platform: the process that started the engine's part. In the engine's part: `platform`.
BESIDE = "MLOPS_TESTS_BESIDE"
# Every cluster that the engine's part starts is called so, and none of the platform's.
_ENGINE = "mlops-eks-"


def is_theirs(cgroup: str) -> bool:
    """Whether a cgroup of this name belongs to a cluster of the other part. Cgroups are in no namespace."""
    other = os.environ.get(BESIDE)
    return bool(other) and cgroup.startswith(_ENGINE) is not (other == "platform")


def their_processes() -> frozenset[int]:
    """Every process that the other part has now. From a namespace of processes no other is seen."""
    other = os.environ.get(BESIDE, "")
    if not other.isdecimal():
        return frozenset()
    parents = dict(filter(None, map(_parent, Path("/proc").glob("[0-9]*"))))
    theirs = {int(other)}
    while more := {pid for pid, parent in parents.items() if parent in theirs} - theirs:
        theirs |= more
    return frozenset(theirs)


def _parent(process: Path) -> tuple[int, int] | None:
    """The process and the one that started it; None when it has ended meanwhile."""
    try:
        state = (process / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(process.name), int(state.rpartition(") ")[2].split()[1])
