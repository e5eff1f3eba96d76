"""What changes between the recorded inputs and the program's, field by field, and what that means. Pure.

The third side is brought in before: a refresh writes live edits of our fields into the recorded inputs (`drift`). An
imported object was never applied by us: it is compared with what is live, and fields the program does not name are not
ours to delete.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local.plugins.changes import Change, Plan, changes
from local.plugins.kubernetes.annotations import wishes
from local.plugins.kubernetes.immutability import replaces
from local.plugins.kubernetes.kinds import Kind
from local.plugins.kubernetes.naming import is_autonamed
from local.plugins.paths import Path, get


def plan(
    kind: Kind,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    live: Mapping[str, Any],
    *,
    imported: bool,
    mutable: frozenset[str] = frozenset(),
) -> Plan:
    """`live` is the object as last seen; `mutable` names kinds that the provider's settings leave mutable."""
    base = live if imported else old
    found = {path: change for path, change in changes(dict(base), dict(new)) if not imported or change != Change.DELETE}
    forced = {path for path in found if replaces(kind, path, base, new, mutable)}
    if wishes(new).replace_unready and kind.name == "Job" and _failed(live):
        marker: Path = ("metadata", "annotations", "pulumi.com/replaceUnready")
        found.setdefault(marker, Change.UPDATE)
        forced.add(marker)
    return Plan(found, frozenset(forced), bool(forced) and _must_go_first(kind, base, new))


def _must_go_first(kind: Kind, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Two objects cannot share a name, nor two Services a node port."""
    same = all(get(old, ("metadata", part)) == get(new, ("metadata", part)) for part in ("name", "namespace"))
    if same and not is_autonamed(new):
        return True
    ports = get(new, ("spec", "ports")) if kind.name == "Service" else []
    return isinstance(ports, list) and any(isinstance(port, dict) and "nodePort" in port for port in ports)


def _failed(live: Mapping[str, Any]) -> bool:
    conditions = get(live, ("status", "conditions"))
    return isinstance(conditions, list) and any(
        condition.get("type") == "Failed" and condition.get("status") == "True" for condition in conditions
    )
