"""Where a value stands inside an object: a tuple of keys and list positions. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Path = tuple[str | int, ...]

MISSING: Any = object()
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_STEP = re.compile(r"""\[(\d+|\*)\]|\["((?:[^"\\]|\\.)*)"\]|([^.\[\]]+)""")


def text(path: Path) -> str:
    """Pulumi's notation: `spec.ports[0].name`, `metadata.annotations["a/b"]`."""
    parts: list[str] = []
    for step in path:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        elif _PLAIN.fullmatch(step):
            parts.append(f".{step}" if parts else step)
        else:
            parts.append('["' + step.replace("\\", "\\\\").replace('"', '\\"') + '"]')
    return "".join(parts)


def parse(notation: str) -> Path:
    """The inverse of `text`; `[*]` becomes the step `*`, which `matching` expands."""
    steps: list[str | int] = []
    for index, quoted, plain in _STEP.findall(notation):
        if index:
            steps.append(index if index == "*" else int(index))
        else:
            steps.append(plain or re.sub(r"\\(.)", r"\1", quoted))
    return tuple(steps)


def get(value: Any, path: Path) -> Any:
    """The value at `path`, or `MISSING`."""
    for step in path:
        if isinstance(step, int):
            if not isinstance(value, list) or step >= len(value):
                return MISSING
            value = value[step]
        else:
            if not isinstance(value, dict) or step not in value:
                return MISSING
            value = value[step]
    return value


def matching(value: Any, path: Path) -> list[Path]:
    """The paths that exist in `value` and match `path`, where the step `*` stands for every child."""
    found: list[Path] = [()]
    for step in path:
        longer: list[Path] = []
        for prefix in found:
            here = get(value, prefix)
            if step == "*":
                keys = range(len(here)) if isinstance(here, list) else here if isinstance(here, dict) else ()
                longer.extend((*prefix, key) for key in keys)
            elif get(here, (step,)) is not MISSING:
                longer.append((*prefix, step))
        found = longer
    return found


def put(value: Any, path: Path, new: Any) -> None:
    """Sets an existing place, or a new key of an existing dict."""
    get(value, path[:-1])[path[-1]] = new


def drop(value: Any, path: Path) -> None:
    """Removes a place if it exists. Empty parents stay: an empty map is a value too."""
    if get(value, path) is not MISSING:
        del get(value, path[:-1])[path[-1]]


def leaves(value: Any, prefix: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every scalar and every empty container with its path."""
    if isinstance(value, dict) and value:
        for key, child in value.items():
            yield from leaves(child, (*prefix, key))
    elif isinstance(value, list) and value:
        for position, child in enumerate(value):
            yield from leaves(child, (*prefix, position))
    else:
        yield prefix, value
