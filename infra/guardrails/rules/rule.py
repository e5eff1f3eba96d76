"""A resource as the engine shows it, and what a rule is."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

_SERVERS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")
_TEMPLATE = ("spec", "template", "spec")
# Where each kind keeps the specification of its pods.
_PODS = {
    "Pod": ("spec",),
    "PodTemplate": ("template", "spec"),
    "Job": _TEMPLATE,
    "CronJob": ("spec", "jobTemplate", *_TEMPLATE),
} | dict.fromkeys(_SERVERS, _TEMPLATE)


class Unknown:
    """What only an update will know. It is there, it holds nothing, and no rule complains about it."""

    def get(self, *_: object) -> "Unknown":
        return self

    def items(self) -> "Unknown":
        return self

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __contains__(self, _: object) -> bool:
        return True

    def __getitem__(self, _: object) -> "Unknown":
        return self

    def __deepcopy__(self, _: object) -> "Unknown":
        return self

    def __repr__(self) -> str:
        return "<not known yet>"


UNKNOWN: Final = Unknown()


@dataclass(frozen=True)
class Object:
    """A resource: its type token, its logical name, its inputs and whether the engine refuses to delete it.

    `references` has, by input, the URNs of the resources its value comes from. Only rules about a stack are given
    them: the engine asks about a single resource before it knows.
    """

    type: str
    name: str
    props: Mapping[str, Any]
    protect: bool = False
    urn: str = ""
    references: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """`kubernetes:apps/v1:Deployment` → `Deployment`; other providers have no kind here."""
        return self.type.rsplit(":", 1)[-1] if self.type.startswith("kubernetes:") else ""

    @property
    def tags(self) -> Mapping[str, Any]:
        """The tags of an AWS resource."""
        return at(self.props, "tags") or {}

    @property
    def kept(self) -> bool:
        """Whether its data must outlive mistakes: every AWS resource of a stack says so by tag."""
        return bool(self.tags.get("durability") == "kept")

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
    """A rule about what a stack has altogether; complaints come with the resource they are about."""

    name: str
    description: str
    check: Callable[[Sequence[Object]], Iterator[tuple[Object, str]]]


def at(value: Any, *path: str) -> Any:
    """The value at a path of keys, or None as soon as one is missing."""
    for key in path:
        if not value:
            return None
        value = value.get(key)
    return value
