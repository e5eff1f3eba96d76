"""What a readiness rule may ask the cluster. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from local.plugins.waiting import State

Object = dict[str, Any]


class Reader(Protocol):
    """Reads from the cluster the object lives in."""

    def find(self, path: str) -> Object | None:
        """The object at an API path, or None."""

    def items(self, path: str, *, labels: str = "", fields: str = "") -> list[Object]:
        """The objects of a collection, narrowed by selectors."""

    def log(self, namespace: str, pod: str, container: str, *, previous: bool) -> str:
        """The last lines a container wrote; empty if there are none."""


Rule = Callable[[Object, Reader], State]


def condition(owner: Object, kind: str) -> dict[str, Any]:
    """A condition of the status by its type; empty if it is not there."""
    found: list[dict[str, Any]] = (owner.get("status") or {}).get("conditions") or []
    return next((item for item in found if item.get("type") == kind), {})


def is_true(owner: Object, kind: str) -> bool:
    return condition(owner, kind).get("status") == "True"


def told(found: dict[str, Any]) -> str:
    """A condition in words."""
    return ": ".join(str(found[part]) for part in ("reason", "message") if found.get(part))
