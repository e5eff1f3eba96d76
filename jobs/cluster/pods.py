"""Why a pod does not run or has failed, from its status; pure."""

from __future__ import annotations

from typing import Any

LAST_WORDS = 15
INDEX = "batch.kubernetes.io/job-completion-index"
# The kubelet repeats these for ever; waiting does not help.
HOPELESS = frozenset(
    {
        "ErrImageNeverPull", "ImagePullBackOff", "ErrImagePull", "InvalidImageName", "CreateContainerConfigError",
        "CreateContainerError", "RunContainerError",
    }
)  # fmt: skip


def condition(job: dict[str, Any]) -> str | None:
    """`Complete` or `Failed` once the Job has ended."""
    for one in (job.get("status") or {}).get("conditions") or []:
        if one["type"] in ("Complete", "Failed") and one["status"] == "True":
            return str(one["type"])
    return None


def failure(job: dict[str, Any]) -> str:
    """The Job's own reason, e.g. `DeadlineExceeded: …`."""
    for one in (job.get("status") or {}).get("conditions") or []:
        if one["type"] == "Failed":
            return f"{one.get('reason')}: {one.get('message')}"
    return "no reason given"


def finished(job: dict[str, Any]) -> str | None:
    """When it ended."""
    for one in (job.get("status") or {}).get("conditions") or []:
        if one["type"] in ("Complete", "Failed") and one["status"] == "True":
            return str(one.get("lastTransitionTime"))
    return None


def waiting(pod: dict[str, Any]) -> tuple[str, bool] | None:
    """Why the pod does not run yet, and whether waiting is hopeless; None when nothing is said."""
    status = pod.get("status") or {}
    for one in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
        state = (one.get("state") or {}).get("waiting")
        if state and state.get("reason") not in (None, "ContainerCreating", "PodInitializing"):
            message = f"container {one['name']}: {state['reason']}: {state.get('message', '')}".rstrip(": ")
            return message, state["reason"] in HOPELESS
    for one in status.get("conditions") or []:
        if one["type"] == "PodScheduled" and one["status"] == "False":
            return f"not scheduled: {one.get('reason')}: {one.get('message')}", False
    return None


def index(pod: dict[str, Any]) -> int | None:
    """Which worker of an Indexed Job."""
    given = (pod["metadata"].get("annotations") or {}).get(INDEX)
    return None if given is None else int(given)


def has_started(pod: dict[str, Any], container: str) -> bool:
    """Whether the container runs or has run, so that it has a log."""
    for one in (pod.get("status") or {}).get("containerStatuses") or []:
        state = one.get("state") or {}
        if one["name"] == container and ("running" in state or "terminated" in state):
            return True
    return False


def ended(pod: dict[str, Any]) -> list[str]:
    """How the pod and each of its failed containers ended: reason, exit code, last words."""
    lines: list[str] = []
    status, name = pod.get("status") or {}, pod["metadata"]["name"]
    if status.get("reason"):
        lines.append(f"pod {name}: {status['reason']}: {status.get('message', '')}".rstrip(": "))
    for one in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
        state = (one.get("state") or {}).get("terminated")
        if state and state.get("exitCode"):
            lines.append(f"pod {name}, container {one['name']}: {state.get('reason')}, exit code {state['exitCode']}")
            lines.extend(f"  {line}" for line in (state.get("message") or "").strip().splitlines()[-LAST_WORDS:])
    return lines
