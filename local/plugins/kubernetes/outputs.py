"""What a resource shows: the live object, or a preview's guess at it. Pure."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from local.plugins.kubernetes.kinds import Kind
from local.plugins.paths import MISSING, Path, get, put
from local.plugins.values import UNKNOWN

# State keys of the official plugin: it goes on with the same field manager when it takes over.
MANAGER_KEY, VERSION_KEY = "__fieldManager", "__initialApiVersion"

_SERVER_METADATA = ("creationTimestamp", "generation", "resourceVersion", "uid")
# What the API server chooses on creation, beside metadata and status.
_CHOSEN: dict[tuple[str, str], tuple[Path, ...]] = {
    ("", "Service"): (("spec", "clusterIP"), ("spec", "clusterIPs")),
    ("", "PersistentVolumeClaim"): (("spec", "volumeName"),),
    ("", "Pod"): (("spec", "nodeName"),),
    ("", "Secret"): (),
}


def recorded(live: Mapping[str, Any], manager: str) -> dict[str, Any]:
    """A live object as it is kept in the state: all of it but `managedFields`, which would be half of its size."""
    return {**_without_managed_fields(live), MANAGER_KEY: manager, VERSION_KEY: live.get("apiVersion", "")}


def imported(live: Mapping[str, Any]) -> dict[str, Any]:
    """A live object that we never applied: it carries no field manager of ours."""
    return _without_managed_fields(live)


def is_imported(outputs: Mapping[str, Any]) -> bool:
    return bool(outputs) and MANAGER_KEY not in outputs


def inputs_of(live: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs that would declare a live object: without status and what the server writes."""
    result = _without_managed_fields(live)
    result.pop("status", None)
    metadata = {key: value for key, value in result["metadata"].items() if key not in (*_SERVER_METADATA, "selfLink")}
    return {**result, "metadata": metadata}


def preview_of_create(kind: Kind, inputs: Mapping[str, Any], dry_run: Mapping[str, Any] | None) -> dict[str, Any]:
    """The inputs, or the server's dry run of them, with everything unknown that only a real creation decides."""
    result = _without_managed_fields(dry_run if dry_run is not None else inputs)
    metadata = result.get("metadata")
    if isinstance(metadata, dict):
        metadata.update(dict.fromkeys(_SERVER_METADATA, UNKNOWN))
    for path in _CHOSEN.get((kind.group, kind.name), ()):
        if get(inputs, path) is MISSING and isinstance(get(result, path[:-1]), dict):
            put(result, path, UNKNOWN)
    return {**result, "status": UNKNOWN}


def preview_of_update(
    inputs: Mapping[str, Any], last: Mapping[str, Any], dry_run: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The server's dry run, or the last known object with the inputs laid over it; the status is unknown."""
    result = _without_managed_fields(dry_run if dry_run is not None else _overlaid(last, inputs))
    if isinstance(result.get("metadata"), dict):
        result["metadata"].update(generation=UNKNOWN, resourceVersion=UNKNOWN)
    return {**result, "status": UNKNOWN} if "status" in last else result


def _overlaid(base: Any, top: Any) -> Any:
    if isinstance(base, dict) and isinstance(top, dict):
        return {**base, **{key: _overlaid(base.get(key), value) for key, value in top.items()}}
    return top


def _without_managed_fields(item: Mapping[str, Any]) -> dict[str, Any]:
    result = copy.deepcopy(dict(item))
    if isinstance(result.get("metadata"), dict):
        result["metadata"].pop("managedFields", None)
    return result
