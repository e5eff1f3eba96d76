"""When a deleted object is gone, and what holds it. Pure."""

from __future__ import annotations

from local.plugins.kubernetes.waiting.state import Object
from local.plugins.waiting import Pending, Ready, State

_NAMESPACE_TROUBLE = (
    "NamespaceDeletionDiscoveryFailure",
    "NamespaceDeletionGroupVersionParsingFailure",
    "NamespaceDeletionContentFailure",
    "NamespaceContentRemaining",
    "NamespaceFinalizersRemaining",
)


def gone(live: Object | None, uid: str) -> State:
    """Another object of the same name is not the one that was deleted."""
    if live is None or live["metadata"].get("uid") != uid:
        return Ready()
    status = live.get("status") or {}
    held = [
        str(condition.get("message"))
        for condition in status.get("conditions") or []
        if condition.get("type") in _NAMESPACE_TROUBLE and condition.get("status") == "True"
    ]
    finalizers = [*(live["metadata"].get("finalizers") or []), *((live.get("spec") or {}).get("finalizers") or [])]
    held += [f"finalizers {', '.join(finalizers)}"] if finalizers else []
    return Pending(f"still being deleted{': ' + '; '.join(held) if held else ''}")
