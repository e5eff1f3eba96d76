"""Logs of the pods of a service, through Kubernetes' API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from jobs.cluster.errors import ApiError
from jobs.cluster.look import Look
from jobs.errors import ConfigError
from jobs.logs.line import Line, parsed

NAME = "app.kubernetes.io/name"
# Everything that the stack makes; Jobs of training and tuning have the label of what made their template.
OURS = "app.kubernetes.io/part-of=mlops"
# A log that exists comes at once.
PATIENCE = 10.0
OVER = ("Succeeded", "Failed")


@dataclass(frozen=True)
class Source:
    """One container of a pod; `over`: the pod has ended; `waits`: why the container has never started."""

    service: str
    namespace: str
    pod: str
    container: str
    over: bool = field(default=False, compare=False)
    restarts: int = field(default=0, compare=False)
    waits: str | None = field(default=None, compare=False)

    def path(self, **asked: object) -> str:
        """Of its log, with the node's time before each line."""
        query = urlencode({"container": self.container, "timestamps": "true", **asked})
        return f"/api/v1/namespaces/{self.namespace}/pods/{self.pod}/log?{query}"


@dataclass(frozen=True)
class Read:
    """`newest`: when each wrote its last line. `silent`: pods without a log, and why: not started, no previous one."""

    lines: tuple[Line, ...]
    newest: dict[Source, str]
    silent: dict[str, str]


def sources(look: Look, service: str | None) -> list[Source]:
    """Of a service, or of all. Raises ConfigError when there is no such service."""
    found = everything(look)
    if service is None:
        return found
    chosen = [one for one in found if one.service == service]
    if not chosen:
        known = sorted({one.service for one in found})
        raise ConfigError(
            "no pod has this service", given=service, allowed=", ".join(known) or "none: is the stack up?",
            change="give one of these; `mlops logs` counts the errors of each",
        )  # fmt: skip
    return chosen


def everything(look: Look) -> list[Source]:
    """Every container that the stack has now, also those that a pod starts before or beside its main one."""
    return [one for pod in look.items(f"/api/v1/pods?{urlencode({'labelSelector': OURS})}") for one in _of(pod)]


def read(look: Look, chosen: Iterable[Source], seconds: int, *, previous: bool = False) -> Read:
    """The last so many seconds of each, in the order in which the lines were written."""
    told: list[Line] = []
    newest: dict[Source, str] = {}
    silent: dict[str, str] = {}
    asked: dict[str, object] = {"sinceSeconds": seconds} | ({"previous": "true"} if previous else {})
    for one in chosen:
        try:
            found = [parsed(one.pod, line) for line in look.lines(one.path(**asked), PATIENCE) if line]
        except ApiError as error:
            silent[one.pod] = str(error.given)
            continue
        told += found
        if found:
            newest[one] = max(line.time for line in found)
    return Read(tuple(sorted(told)), newest, silent)


def _of(pod: dict[str, Any]) -> Iterator[Source]:
    metadata, spec, status = pod["metadata"], pod["spec"], pod.get("status", {})
    service = metadata.get("labels", {}).get(NAME, metadata["name"])
    states = [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]
    by_name: dict[str, dict[str, Any]] = {one["name"]: one for one in states}
    containers: Sequence[dict[str, Any]] = [*spec.get("initContainers", []), *spec["containers"]]
    for container in containers:
        state = by_name.get(container["name"], {})
        restarts = int(state.get("restartCount", 0))
        waiting = state.get("state", {}).get("waiting")
        yield Source(
            service, metadata["namespace"], metadata["name"], container["name"],
            over=status.get("phase") in OVER,
            restarts=restarts,
            waits=str(waiting.get("reason", "it waits")) if waiting is not None and not restarts else None,
        )  # fmt: skip
