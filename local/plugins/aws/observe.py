"""How what is live comes into outputs and, on a refresh, into the recorded inputs. Pure.

AWS answers in its own form (ordered JSON, defaults filled in), which is no change. So the outputs keep the program's
form where the two say the same, and a refresh takes as changed only what differs from what was last seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local.plugins.aws.kind import Kind
from local.plugins.aws.naming import DEFAULTS
from local.plugins.aws.plan import equal, equal_unordered
from local.plugins.aws.schema import Shape, fields_of
from local.plugins.paths import MISSING

_EMPTY: tuple[Any, ...] = (None, "", [], {})


def settled(kind: Kind, known: Mapping[str, Any], live: Mapping[str, Any]) -> dict[str, Any]:
    """The live properties in the form of `known` where that says the same, with the write-only ones of `known`."""
    kept = {name: known[name] for name in kind.write_only if name in known}
    return kept | {
        name: known[name] if _same(kind, name, known.get(name, MISSING), value) else value
        for name, value in live.items()
    }


def observed(kind: Kind, inputs: Mapping[str, Any], seen: Mapping[str, Any], live: Mapping[str, Any]) -> dict[str, Any]:
    """The recorded inputs with what changed outside; `seen` are the last outputs, `live` the new, already settled."""
    fresh = dict(inputs)
    for name in inputs.keys() - kind.write_only - {DEFAULTS}:
        value = _observe(kind.inputs.shapes[name], inputs[name], seen.get(name, MISSING), live.get(name, MISSING))
        if value is MISSING:
            del fresh[name]
        else:
            fresh[name] = value
    if kind.has_tags and "tags" not in inputs and live.get("tags"):
        fresh["tags"] = live["tags"]
    return fresh


def imported(kind: Kind, live: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs that would declare a live resource."""
    return {name: live[name] for name in sorted(kind.all_carried) if live.get(name) not in _EMPTY}


def _same(kind: Kind, name: str, one: Any, other: Any) -> bool:
    return equal_unordered(one, other) if name in kind.unordered else equal(one, other)


def _observe(shape: Shape, inputs: Any, seen: Any, live: Any) -> Any:
    if live is None:
        live = MISSING
    if equal(seen, live) or equal(inputs, live):
        return inputs
    if shape.kind == "object" and shape.args and isinstance(inputs, dict) and isinstance(live, dict):
        before = seen if isinstance(seen, dict) else {}
        shapes = fields_of(shape.args).shapes
        parts = {
            name: _observe(shapes.get(name, Shape("any")), value, before.get(name, MISSING), live.get(name, MISSING))
            for name, value in inputs.items()
        }
        return {name: value for name, value in parts.items() if value is not MISSING}
    if (
        shape.kind == "list"
        and shape.item
        and isinstance(inputs, list)
        and isinstance(live, list)
        and len(inputs) == len(live)
    ):
        earlier = seen if isinstance(seen, list) and len(seen) == len(live) else [MISSING] * len(live)
        return [_observe(shape.item, *parts) for parts in zip(inputs, earlier, live, strict=True)]
    if live is MISSING:
        return inputs if seen in (MISSING, None) or inputs in _EMPTY else MISSING
    return inputs if seen in (MISSING, None) and live in _EMPTY else live
