"""Who owns a field, from an object's `managedFields`; and what of a manifest is left to others. Pure."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping
from typing import Any

from local.plugins.paths import MISSING, Path, drop, get, matching, parse, put


def owners(live: Mapping[str, Any], path: Path) -> set[str]:
    """The field managers that own the place `path` of the live object."""
    managers = get(live, ("metadata", "managedFields"))
    entries = managers if isinstance(managers, list) else []
    return {str(entry.get("manager")) for entry in entries if _owns(entry.get("fieldsV1") or {}, live, path)}


def without_ignored(
    manifest: Mapping[str, Any], live: Mapping[str, Any], ignored: Iterable[str], manager: str
) -> dict[str, Any]:
    """The manifest to apply when fields are ignored: another manager's field is left out, ours keeps its live value."""
    result = copy.deepcopy(dict(manifest))
    # Longest first, so that dropping a list entry does not shift one still to be handled.
    for path in sorted((path for text in ignored for path in matching(result, parse(text))), key=_order, reverse=True):
        place = _in_live(manifest, live, path)
        if place is None:
            continue
        if owners(live, place) - {manager}:
            drop(result, path)
        else:
            put(result, path, copy.deepcopy(get(live, place)))
    return result


def _order(path: Path) -> tuple[int, str]:
    return len(path), str(path)


def _in_live(manifest: Mapping[str, Any], live: Mapping[str, Any], path: Path) -> Path | None:
    """Where the manifest's place stands in the live object: list entries are found by name."""
    place: Path = ()
    for step in path:
        here = get(live, place)
        if isinstance(step, int) and isinstance(here, list):
            wanted = get(manifest, (*path[: len(place)], step))
            name = wanted.get("name") if isinstance(wanted, dict) else None
            same = (at for at, item in enumerate(here) if name and isinstance(item, dict) and item.get("name") == name)
            step = next(same, step)
        place = (*place, step)
        if get(live, place) is MISSING:
            return None
    return place


def _owns(fields: Mapping[str, Any], live: Any, path: Path) -> bool:
    """Walks `fieldsV1`: `f:name` for keys, `k:{…}` for list entries by key, `v:…` for entries of a set."""
    here: Any = fields
    for depth, step in enumerate(path):
        if isinstance(step, int):
            item = get(live, path[: depth + 1])
            found = next((value for key, value in here.items() if _is_entry(key, item)), None)
        else:
            found = here.get(f"f:{step}")
        if found is None:
            # An atomic map or list is owned as a whole.
            return depth > 0 and here == {}
        here = found
    return True


def _is_entry(key: str, item: Any) -> bool:
    if key.startswith("k:") and isinstance(item, dict):
        return all(item.get(name) == value for name, value in json.loads(key[2:]).items())
    return key.startswith("v:") and json.loads(key[2:]) == item
