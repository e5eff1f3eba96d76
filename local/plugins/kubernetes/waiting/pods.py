"""Why a pod does not run, in the pod's own words."""

from __future__ import annotations

from typing import Any

from local.plugins.kubernetes.waiting.state import Object, Reader, condition, is_true

# Waiting reasons that are just progress.
_PROGRESS = ("ContainerCreating", "PodInitializing")
_LOG_LINES = 10


def pods_of(owner: Object, labels: str, reader: Reader) -> list[Object]:
    """The pods a selector picks in the owner's namespace, newest first; those on their way out come last."""
    path = f"/api/v1/namespaces/{owner['metadata']['namespace']}/pods"
    pods = sorted(
        reader.items(path, labels=labels), key=lambda pod: str(pod["metadata"]["creationTimestamp"]), reverse=True
    )
    return sorted(pods, key=lambda pod: "deletionTimestamp" in pod["metadata"])


def problem(pod: Object, reader: Reader) -> str:
    """The first thing that keeps the pod from being ready, or empty if it only needs time."""
    name = f"pod {pod['metadata']['name']}"
    scheduled = condition(pod, "PodScheduled")
    if scheduled.get("status") == "False":
        return f"{name}: {scheduled.get('reason')}: {scheduled.get('message')}"
    status = pod.get("status") or {}
    for container in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
        if text := _container_problem(pod, container, reader):
            return f"{name}, container {container['name']}: {text}"
    if status.get("phase") == "Failed":
        return f"{name}: {status.get('reason') or 'Failed'}: {status.get('message') or 'the pod ended with an error'}"
    return _unready(pod, name, reader)


def first_problem(owner: Object, labels: str, reader: Reader) -> str:
    """The problem of the newest pod that has one."""
    return next((text for pod in pods_of(owner, labels, reader) if (text := problem(pod, reader))), "")


def _container_problem(pod: Object, container: dict[str, Any], reader: Reader) -> str:
    state = container.get("state") or {}
    waiting = state.get("waiting")
    if waiting and waiting.get("reason") not in (*_PROGRESS, None):
        text = ": ".join(str(waiting[part]) for part in ("reason", "message") if waiting.get(part))
        crashed = waiting.get("reason") == "CrashLoopBackOff"
        return text + (
            _ending(pod, container, container.get("lastState") or {}, reader, previous=True) if crashed else ""
        )
    if (state.get("terminated") or {}).get("exitCode"):
        return "ended" + _ending(pod, container, state, reader, previous=False)
    return ""


def _ending(pod: Object, container: dict[str, Any], state: dict[str, Any], reader: Reader, *, previous: bool) -> str:
    ended = state.get("terminated") or {}
    text = f" (exit code {ended['exitCode']}, {ended.get('reason', 'Error')})" if "exitCode" in ended else ""
    # The runtime's own message: why the process could not even be started.
    text += f": {ended['message'].strip()}" if ended.get("message") else ""
    metadata = pod["metadata"]
    log = reader.log(metadata["namespace"], metadata["name"], container["name"], previous=previous)
    lines = log.strip().splitlines()[-_LOG_LINES:]
    return text + ("".join(f"\n    {line}" for line in ["last log lines:", *lines]) if lines else "")


def _unready(pod: Object, name: str, reader: Reader) -> str:
    """Everything runs but is not ready, or a volume does not mount: only the events know why."""
    if is_true(pod, "Ready") or (pod.get("status") or {}).get("phase") == "Succeeded":
        return ""
    warning = newest_warning(pod, reader)
    return f"{name}: {warning}" if warning else ""


def newest_warning(owner: Object, reader: Reader) -> str:
    """The newest Warning event about exactly this object."""
    metadata = owner["metadata"]
    path = f"/api/v1/namespaces/{metadata.get('namespace', 'default')}/events"
    events = reader.items(path, fields=f"involvedObject.uid={metadata['uid']},type=Warning")
    if not events:
        return ""
    newest = max(events, key=lambda event: str(event.get("lastTimestamp") or event.get("eventTime") or ""))
    return f"{newest.get('reason')}: {newest.get('message')}"
