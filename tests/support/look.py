"""Finding one resource, and one value in it, in what was recorded."""

from typing import Any

from tests.support.recording import Recorded, Recording


def only(recording: Recording, kind: str, name: str | None = None) -> Recorded:
    """The one resource of that kind, or the one whose object has that name in the cluster."""
    found = [one for one in recording.of_kind(kind) if name in (None, one.object_name)]
    assert len(found) == 1, f"{len(found)} of kind {kind} named {name}: {[one.name for one in found]}"
    return found[0]


def at(resource: Recorded, *path: str) -> Any:
    """The input at a path of keys; None as soon as one is missing."""
    value: Any = resource.inputs
    for key in path:
        value = value.get(key) if value else None
    return value
