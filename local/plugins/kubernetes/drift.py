"""How edits made by others to fields we set come back into the recorded inputs on refresh. Pure.

Three sides: our inputs, the object as we last saw it, the object now. Only a place that changed since we last saw it
counts as drift, so a value the API server writes in another form (`1000m` → `1`) does not.
"""

from __future__ import annotations

from typing import Any

from local.plugins.paths import MISSING

# Fields that name an entry of a list, in the order tried. The API merges such lists by them.
_NAMES = ("name", "containerPort", "port", "mountPath", "key", "ip", "topologyKey", "type")


def observe(inputs: Any, seen: Any, live: Any) -> Any:
    """The inputs with drifted places set to what is live; `MISSING` if the place is gone."""
    if isinstance(inputs, dict) and isinstance(live, dict):
        before = seen if isinstance(seen, dict) else {}
        merged = {
            key: observe(value, before.get(key, MISSING), live.get(key, MISSING)) for key, value in inputs.items()
        }
        return {key: value for key, value in merged.items() if value is not MISSING}
    if isinstance(inputs, list) and isinstance(live, list) and _named(inputs):
        return _observe_named(inputs, seen if isinstance(seen, list) else [], live)
    if live is MISSING:
        return inputs if seen is MISSING or inputs in ({}, [], "", None) else MISSING
    return inputs if live in (seen, inputs) else live


def _observe_named(inputs: list[Any], seen: list[Any], live: list[Any]) -> list[Any]:
    """Entries are matched by name, so one that others put in between does not shift ours."""
    merged = (observe(item, _same(seen, item), _same(live, item)) for item in inputs)
    return [item for item in merged if item is not MISSING]


def _named(items: list[Any]) -> bool:
    return bool(items) and all(isinstance(item, dict) and _name(item) is not MISSING for item in items)


def _name(item: dict[str, Any]) -> Any:
    return next(((field, item[field]) for field in _NAMES if field in item), MISSING)


def _same(items: list[Any], wanted: dict[str, Any]) -> Any:
    name = _name(wanted)
    return next((item for item in items if isinstance(item, dict) and _name(item) == name), MISSING)
