"""Names of objects: given by the program, or made from the resource's name. Pure.

`<name>-<8 hex>`, as the official plugin names. A made name is marked by an annotation and kept across updates; a
replacement gets a new one, which is what lets old and new stand side by side.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from typing import Any

from local.plugins.paths import MISSING, get

AUTONAMED = "pulumi.com/autonamed"
# RFC 1123 subdomain, what the API asks of nearly every kind's name.
_VALID = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")
# Services and the pods of workloads are DNS labels: 63; a workload's pods add up to 17 characters (hash and suffix).
_LONGEST_BASE = 54


class InvalidName(Exception):
    """A name that cannot be made from the resource's name."""


def is_autonamed(inputs: Mapping[str, Any]) -> bool:
    return bool(get(inputs, ("metadata", "annotations", AUTONAMED)) == "true")


def suffix(seed: bytes) -> str:
    """Eight hex digits: fixed by the engine's seed if it gives one (so that an update does what its preview said)."""
    return hashlib.sha256(seed).hexdigest()[:8] if seed else secrets.token_hex(4)


def make_name(resource_name: str, seed: bytes) -> str:
    name = f"{resource_name[:_LONGEST_BASE].rstrip('-.')}-{suffix(seed)}"
    if not _VALID.fullmatch(name):
        raise InvalidName(
            f"{resource_name!r} cannot be part of an object's name: lower-case letters, digits, '-' and '.' are "
            "allowed. Rename the resource or set metadata.name."
        )
    return name


def with_name(
    inputs: dict[str, Any], old: Mapping[str, Any], resource_name: str, seed: bytes, proposed: str = ""
) -> dict[str, Any]:
    """The inputs with a name: the program's own, the one made earlier, the engine's proposal, or a new one."""
    metadata = dict(inputs.get("metadata") or {})
    if metadata.get("name"):
        return inputs
    if metadata.get("generateName"):
        # Server-side apply needs a name, so the API server cannot be left to choose one.
        base = str(metadata.pop("generateName"))
        made = make_name(base.rstrip("-."), seed)
    else:
        made = proposed or make_name(resource_name, seed)
    earlier = get(old, ("metadata", "name"))
    if earlier is not MISSING and is_autonamed(old):
        made = earlier
    metadata["name"] = made
    metadata["annotations"] = {**(metadata.get("annotations") or {}), AUTONAMED: "true"}
    return {**inputs, "metadata": metadata}


def object_id(metadata: Mapping[str, Any]) -> str:
    """`namespace/name`, or `name` for an object without a namespace."""
    namespace = metadata.get("namespace")
    return f"{namespace}/{metadata['name']}" if namespace else str(metadata["name"])


def split_id(identifier: str) -> tuple[str, str]:
    """(namespace or empty, name)."""
    namespace, _, name = identifier.rpartition("/")
    return namespace, name
