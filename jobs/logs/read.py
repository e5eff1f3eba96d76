"""Logs of the pods of a service, through Kubernetes' API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from jobs.cluster.errors import ApiError
from jobs.cluster.look import Look
from jobs.errors import ConfigError
from jobs.logs.line import Line, lines

NAME = "app.kubernetes.io/name"
# Everything that the stack makes; Jobs of training and tuning have the label of what made their template.
OURS = "app.kubernetes.io/part-of=mlops"
# Of one container: a log that is longer is cut at its beginning.
MOST = 16 * 1024 * 1024


@dataclass(frozen=True)
class Source:
    """One container of a pod."""

    service: str
    namespace: str
    pod: str
    container: str


@dataclass(frozen=True)
class Read:
    """`silent`: sources without a log, and why: one that has not started, or has no previous one."""

    lines: tuple[Line, ...]
    silent: dict[str, str]


def sources(look: Look, service: str | None) -> list[Source]:
    """Of a service, or of all. Raises ConfigError when there is no such service."""
    pods = look.items(f"/api/v1/pods?{urlencode({'labelSelector': OURS})}")
    found = [one for pod in pods for one in _of(pod)]
    if service is None:
        return found
    chosen = [one for one in found if one.service == service]
    if not chosen:
        known = sorted({one.service for one in found})
        raise ConfigError(
            "no pod has this service", given=service, allowed=", ".join(known) or "none: is the stack up?"
        )
    return chosen


def read(look: Look, chosen: Sequence[Source], seconds: int, *, previous: bool = False) -> Read:
    """The last so many seconds of each, in the order in which the lines were written."""
    told: list[Line] = []
    silent: dict[str, str] = {}
    for one in chosen:
        asked = {
            "container": one.container,
            "sinceSeconds": str(seconds),
            "timestamps": "true",
            "limitBytes": str(MOST),
        }
        query = urlencode(asked | ({"previous": "true"} if previous else {}))
        try:
            log = look.text(f"/api/v1/namespaces/{one.namespace}/pods/{one.pod}/log?{query}")
        except ApiError as error:
            silent[one.pod] = str(error.given)
            continue
        told += lines(one.pod, log)
    return Read(tuple(sorted(told)), silent)


def _of(pod: dict[str, Any]) -> list[Source]:
    metadata = pod["metadata"]
    service = metadata.get("labels", {}).get(NAME, metadata["name"])
    return [
        Source(service, metadata["namespace"], metadata["name"], container["name"])
        for container in pod["spec"]["containers"]
    ]
