"""What the answers of EKS mean for all of its types."""

from __future__ import annotations

from local.plugins.aws.kind import Properties
from local.plugins.aws.operation import Operation
from local.plugins.waiting import Failed, Pending, Ready, State

_FAILED = ("FAILED", "CREATE_FAILED", "UPDATE_FAILED", "DEGRADED")


def said(op: Operation, *names: str) -> Properties:
    """What the program said of these properties last."""
    known = op.known
    return {name: known[name] for name in names if name in known}


def state_of(status: str) -> State:
    """Whether what has this status is as asked for."""
    if status == "ACTIVE":
        return Ready()
    return Failed(f"it is {status}") if status in _FAILED else Pending(f"it is {status}")
