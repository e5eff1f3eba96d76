"""Which places of an output are secret. Pure.

`data` and `stringData` of a Secret always; every place that was a secret input; and any text equal to a secret input,
wherever the API server repeats it.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from local.plugins.kubernetes.kinds import Kind
from local.plugins.paths import MISSING, Path, get, leaves

# Shorter texts ("true", "443") would mark half of an object.
_SHORTEST_TELLING_TEXT = 6


def always_secret(kind: Kind) -> tuple[str, ...]:
    return ("data", "stringData") if (kind.group, kind.name) == ("", "Secret") else ()


def secret_paths(
    kind: Kind, inputs: Mapping[str, Any], secret_inputs: Iterable[Path], outputs: Mapping[str, Any]
) -> set[Path]:
    """The paths of `outputs` that have to be kept encrypted."""
    given = [path for path in secret_inputs if get(inputs, path) is not MISSING]
    texts = {
        text
        for path in given
        for _place, text in leaves(get(inputs, path))
        if isinstance(text, str) and len(text) >= _SHORTEST_TELLING_TEXT
    }
    repeated = {path for path, value in leaves(dict(outputs)) if isinstance(value, str) and value in texts}
    kept = {path for path in given if get(outputs, path) is not MISSING}
    return repeated | kept | {(name,) for name in always_secret(kind) if name in outputs}


def encoded(secret: Mapping[str, Any]) -> dict[str, Any]:
    """A Secret as the API stores it: `stringData` moved into `data`. So we own the fields that are really there."""
    text = secret.get("stringData")
    if not isinstance(text, dict):
        return dict(secret)
    data = {key: base64.b64encode(str(value).encode()).decode() for key, value in text.items()}
    rest = {key: value for key, value in secret.items() if key != "stringData"}
    return {**rest, "data": {**(secret.get("data") or {}), **data}}


def decoded(secret: Mapping[str, Any]) -> dict[str, Any]:
    """A live Secret with `stringData` beside `data`, to compare it with inputs that use either."""
    text = {}
    for key, value in (secret.get("data") or {}).items():
        try:
            text[key] = base64.b64decode(value).decode()
        except ValueError:
            continue
    return {**secret, "stringData": text}
