"""What a change of inputs means: which properties differ and whether the resource has to be replaced. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from local.plugins.aws.kind import Kind
from local.plugins.aws.naming import DEFAULTS
from local.plugins.changes import Change, Plan, changes
from local.plugins.paths import MISSING, Path, get
from local.plugins.values import UNKNOWN

# Stands for tags that the provider's default tags change; only the outputs have it.
ALL_TAGS: Path = ("tagsAll",)


def plan(
    kind: Kind, old: Mapping[str, Any], new: Mapping[str, Any], live: Mapping[str, Any], tags: Mapping[str, Any]
) -> Plan:
    """`live` are the outputs in the state, `tags` all tags that the resource is to have."""
    found = {
        path: change
        for path, change in changes(dict(old), dict(new))
        if path[0] != DEFAULTS and not _same(kind, str(path[0]), old, new)
    }
    if kind.has_tags and tags != (live.get("tagsAll") or {}) and not any(path[0] == "tags" for path in found):
        found[ALL_TAGS] = Change.UPDATE
    also = kind.also_fixed(old, new)
    forced = frozenset(path for path in found if path[0] in also or _is_fixed(kind, path))
    return Plan(found, forced, bool(forced) and _must_go_first(kind, old, new))


def equal(one: Any, other: Any) -> bool:
    """Equal as values, or as JSON documents where both are JSON text."""
    if one is UNKNOWN or other is UNKNOWN:
        return False
    if isinstance(one, str) and isinstance(other, str) and one[:1] in ("{", "[") and other[:1] in ("{", "["):
        try:
            return bool(json.loads(one) == json.loads(other))
        except ValueError:
            return one == other
    return bool(one == other)


def equal_unordered(one: Any, other: Any) -> bool:
    """Lists with the same members, whatever their order."""
    if not isinstance(one, list) or not isinstance(other, list) or UNKNOWN in [*one, *other]:
        return equal(one, other)
    return sorted(map(repr, one)) == sorted(map(repr, other))


def _same(kind: Kind, name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    before, after = old.get(name, MISSING), new.get(name, MISSING)
    return equal_unordered(before, after) if name in kind.unordered else equal(before, after)


def _is_fixed(kind: Kind, path: Path) -> bool:
    """A fixed place, or one inside or around it: `[*]` stands for any position."""
    if path[0] == "region":
        return True
    steps = ["[*]" if isinstance(step, int) else f".{step}" for step in path]
    here = "".join(steps).lstrip(".")
    return any(
        here == fixed or here.startswith((f"{fixed}.", f"{fixed}[")) or fixed.startswith((f"{here}.", f"{here}["))
        for fixed in kind.fixed
    )


def _must_go_first(kind: Kind, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Two resources cannot have one name: as in the official plugin, a name that the program gave."""
    if kind.delete_first or kind.naming is None:
        return kind.delete_first
    name = (kind.naming.input,)
    return not kind.naming.is_made(new) and get(dict(old), name) == get(dict(new), name)
