"""Why pods do not run, in words. Pure: works on objects as the API writes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Object = dict[str, Any]


def condition(thing: Object, kind: str) -> bool:
    """Whether the object's status condition `kind` is true."""
    return any(
        entry["type"] == kind and entry["status"] == "True" for entry in thing.get("status", {}).get("conditions", [])
    )


def is_settled(pod: Object) -> bool:
    """Ready, or ended well."""
    return pod["status"].get("phase") == "Succeeded" or condition(pod, "Ready")


def pod_reason(pod: Object, events: Sequence[Object]) -> str:
    """One line with the most telling reason that the pod is not ready; empty when it is."""
    if is_settled(pod):
        return ""
    name = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
    status = pod["status"]
    containers = status.get("initContainerStatuses", []) + status.get("containerStatuses", [])
    for container in containers:
        waiting = container.get("state", {}).get("waiting")
        ended = container.get("state", {}).get("terminated") or container.get("lastState", {}).get("terminated")
        if waiting and waiting.get("reason") not in {"ContainerCreating", "PodInitializing"}:
            last = f"; last exit code {ended['exitCode']}" if ended else ""
            return f"{name}: container {container['name']}: {waiting['reason']}: {waiting.get('message', '')}{last}"
        if ended and ended.get("exitCode"):
            return f"{name}: container {container['name']} exited with {ended['exitCode']} ({ended.get('reason', '')})"
    warnings = [
        event["message"]
        for event in events
        if event.get("type") == "Warning" and event["involvedObject"].get("uid") == pod["metadata"]["uid"]
    ]
    # The kubelet follows a reason with a bare event that only says that there was one.
    telling = [message for message in warnings if not message.startswith(("Error: ", "Back-off "))] or warnings
    if telling:
        return f"{name}: {telling[-1]}"
    unmet = [entry for entry in status.get("conditions", []) if entry["status"] != "True"]
    said = next((entry["message"] for entry in unmet if entry.get("message")), status.get("phase", "unknown"))
    return f"{name}: {said}"


def owner_reasons(events: Sequence[Object]) -> list[str]:
    """Why controllers could not make pods at all: quota, Pod Security, missing service account."""
    latest: dict[str, str] = {}
    for event in events:
        if event.get("reason") == "FailedCreate":
            involved = event["involvedObject"]
            latest[f"{involved['kind']} {involved.get('namespace')}/{involved['name']}"] = event["message"]
    return [f"{owner}: {message}" for owner, message in latest.items()]
