"""What an operation would show, without asking AWS: the inputs, with everything unknown that AWS decides. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local.plugins.aws.kind import Kind
from local.plugins.aws.naming import DEFAULTS
from local.plugins.values import UNKNOWN


def of_create(kind: Kind, inputs: Mapping[str, Any], tags: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in inputs.items() if name != DEFAULTS}
    return {**dict.fromkeys(kind.outputs, UNKNOWN), **given, **_tags(kind, inputs, tags)}


def of_update(
    kind: Kind, inputs: Mapping[str, Any], last: Mapping[str, Any], tags: Mapping[str, Any]
) -> dict[str, Any]:
    """What AWS decided stays, but for what an update of this type may change."""
    given = {name: value for name, value in inputs.items() if name != DEFAULTS}
    return {**last, **dict.fromkeys(kind.volatile, UNKNOWN), **given, **_tags(kind, inputs, tags)}


def _tags(kind: Kind, inputs: Mapping[str, Any], tags: Mapping[str, Any]) -> dict[str, Any]:
    if not kind.has_tags:
        return {}
    return {"tagsAll": UNKNOWN if inputs.get("tags") is UNKNOWN else dict(tags)}
