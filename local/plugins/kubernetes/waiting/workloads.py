"""Readiness of what runs pods."""

from __future__ import annotations

from typing import Any

from local.plugins.kubernetes.waiting.pods import first_problem, newest_warning, problem
from local.plugins.kubernetes.waiting.selector import query
from local.plugins.kubernetes.waiting.state import Object, Reader, condition, is_true, told
from local.plugins.waiting import Failed, Pending, Ready, State


def deployment(item: Object, reader: Reader) -> State:
    spec, status = item["spec"], _status(item)
    if spec.get("paused"):
        return Ready()
    if _unobserved(item):
        return Pending("the controller has not seen this version yet")
    progressing = condition(item, "Progressing")
    if progressing.get("reason") == "ProgressDeadlineExceeded":
        return Failed(_because(told(progressing), item, reader))
    wanted = int(spec.get("replicas", 1))
    counts = {part: int(status.get(part) or 0) for part in ("replicas", "updatedReplicas", "availableReplicas")}
    if counts["updatedReplicas"] >= wanted and counts["availableReplicas"] >= wanted:
        leaving = counts["replicas"] - counts["updatedReplicas"]
        return Pending(f"{leaving} old pods still run") if leaving > 0 else Ready()
    failure = condition(item, "ReplicaFailure")
    summary = f"{counts['updatedReplicas']} of {wanted} pods updated, {counts['availableReplicas']} available"
    return Pending(_because(summary, item, reader, told(failure) if failure.get("status") == "True" else ""))


def stateful_set(item: Object, reader: Reader) -> State:
    spec, status = item["spec"], _status(item)
    if _unobserved(item):
        return Pending("the controller has not seen this version yet")
    wanted = int(spec.get("replicas", 1))
    strategy = spec.get("updateStrategy") or {}
    held_back = int((strategy.get("rollingUpdate") or {}).get("partition") or 0)
    to_update = 0 if strategy.get("type") == "OnDelete" else max(wanted - held_back, 0)
    updated = int(status.get("updatedReplicas") or 0)
    if status.get("currentRevision") == status.get("updateRevision"):
        updated = max(updated, int(status.get("currentReplicas") or 0))
    ready = min(int(status.get("readyReplicas") or 0), int(status.get("availableReplicas", wanted) or 0))
    if updated >= to_update and ready >= wanted and int(status.get("replicas") or 0) == wanted:
        return Ready()
    return Pending(_because(f"{updated} of {to_update} pods updated, {ready} of {wanted} ready", item, reader))


def daemon_set(item: Object, reader: Reader) -> State:
    status = _status(item)
    if _unobserved(item):
        return Pending("the controller has not seen this version yet")
    wanted = int(status.get("desiredNumberScheduled") or 0)
    on_delete = (item["spec"].get("updateStrategy") or {}).get("type") == "OnDelete"
    updated = wanted if on_delete else int(status.get("updatedNumberScheduled") or 0)
    available = int(status.get("numberAvailable") or 0)
    if updated >= wanted and available >= wanted:
        return Ready()
    return Pending(_because(f"{updated} of {wanted} pods updated, {available} available", item, reader))


def replica_set(item: Object, reader: Reader) -> State:
    if _unobserved(item):
        return Pending("the controller has not seen this version yet")
    wanted, available = int(item["spec"].get("replicas", 1)), int(_status(item).get("availableReplicas") or 0)
    if available >= wanted:
        return Ready()
    return Pending(_because(f"{available} of {wanted} pods available", item, reader))


def job(item: Object, reader: Reader) -> State:
    if is_true(item, "Complete") or item["spec"].get("suspend"):
        return Ready()
    failed = condition(item, "Failed")
    if failed.get("status") == "True":
        return Failed(_because(told(failed), item, reader))
    status = _status(item)
    parts = (f"{int(status.get(part) or 0)} {part}" for part in ("active", "succeeded", "failed"))
    counts = f"pods: {', '.join(parts)}"
    return Pending(_because(counts, item, reader))


def pod(item: Object, reader: Reader) -> State:
    phase = _status(item).get("phase")
    if phase == "Succeeded" or (phase == "Running" and is_true(item, "Ready")):
        return Ready()
    why = problem(item, reader)
    if phase == "Failed":
        return Failed(why)
    return Pending(why or f"phase {phase or 'unknown'}")


def _status(item: Object) -> dict[str, Any]:
    return item.get("status") or {}


def _unobserved(item: Object) -> bool:
    return int(_status(item).get("observedGeneration") or 0) < int(item["metadata"].get("generation") or 0)


def _because(summary: str, item: Object, reader: Reader, known: str = "") -> str:
    """The summary with the reason of a pod, or of why there is none (quota, Pod Security)."""
    labels = query(item["spec"].get("selector") or {})
    cause = known or (first_problem(item, labels, reader) if labels else "") or newest_warning(item, reader)
    return f"{summary}: {cause}" if cause and summary else summary or cause
