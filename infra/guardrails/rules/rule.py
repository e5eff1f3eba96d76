"""A resource as the engine shows it, and what a rule is."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_SERVERS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")
_TEMPLATE = ("spec", "template", "spec")
# Where each kind keeps the specification of its pods.
_PODS = {
    "Pod": ("spec",),
    "PodTemplate": ("template", "spec"),
    "Job": _TEMPLATE,
    "CronJob": ("spec", "jobTemplate", *_TEMPLATE),
} | dict.fromkeys(_SERVERS, _TEMPLATE)


@dataclass(frozen=True)
class Object:
    """A resource: its type token, its logical name and its inputs."""

    type: str
    name: str
    props: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """`kubernetes:apps/v1:Deployment` → `Deployment`; other providers have no kind here."""
        return self.type.rsplit(":", 1)[-1] if self.type.startswith("kubernetes:") else ""

    @property
    def runs_for_ever(self) -> bool:
        return self.kind in _SERVERS

    @property
    def pod(self) -> Mapping[str, Any] | None:
        """The specification of the pods it makes, if it makes any."""
        path = _PODS.get(self.kind)
        pod: Mapping[str, Any] | None = at(self.props, *path) if path else None
        return pod

    @property
    def containers(self) -> list[Mapping[str, Any]]:
        """Everything that runs in its pods, init containers first."""
        pod = self.pod or {}
        return [*(pod.get("initContainers") or ()), *(pod.get("containers") or ())]


@dataclass(frozen=True)
class Rule:
    """`check` yields one complaint for each thing that must change, and says to what."""

    name: str
    description: str
    check: Callable[[Object], Iterator[str]]


@dataclass(frozen=True)
class StackRule:
    """A rule about what a stack has altogether; complaints come with the logical name they are about."""

    name: str
    description: str
    check: Callable[[Sequence[Object]], Iterator[tuple[str, str]]]


def at(value: Any, *path: str) -> Any:
    """The value at a path of keys, or None as soon as one is missing."""
    for key in path:
        if not value:
            return None
        value = value.get(key)
    return value
