"""A program's inputs against the SDK's types and against what this plugin carries. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from local.plugins.aws.naming import DEFAULTS
from local.plugins.aws.schema import SCALARS, Fields, Shape, fields_of
from local.plugins.paths import Path, text
from local.plugins.values import UNKNOWN, File

Fault = tuple[str, str]


def faults(fields: Fields, carried: Collection[str], inputs: Mapping[str, Any]) -> list[Fault]:
    """What is wrong, as (property, reason); `carried` is the part of the inputs that the plugin knows."""
    found: list[Fault] = []
    for name in sorted(inputs.keys() - {DEFAULTS}):
        if name not in fields.shapes:
            found.append((name, f"{name} is no property of this type; allowed: {', '.join(sorted(carried))}"))
        elif name not in carried:
            found.append(
                (
                    name,
                    f"{name} is not carried by the local AWS plugin; carried: {', '.join(sorted(carried))}. "
                    "Add it to the type in local/plugins/aws/services, or use the official plugin",
                )
            )
        else:
            found.extend(_of_value(fields.shapes[name], inputs[name], (name,)))
    missing = sorted(name for name in fields.required if name not in inputs)
    return found + [(name, f"{name} is missing: the type requires it") for name in missing]


def _of_value(shape: Shape, value: Any, path: Path) -> Iterator[Fault]:
    if value is UNKNOWN or shape.kind == "any":
        return
    match shape.kind:
        case "scalar" if not _is_scalar(shape.scalar, value):
            yield text(path), f"{text(path)} is {_told(value)}; it has to be {SCALARS[shape.scalar]}"
        case "file" if not isinstance(value, File):
            yield text(path), f"{text(path)} is {_told(value)}; it has to be an asset or archive"
        case "list" if not isinstance(value, list):
            yield text(path), f"{text(path)} is {_told(value)}; it has to be a list"
        case "map" | "object" if not isinstance(value, dict):
            yield text(path), f"{text(path)} is {_told(value)}; it has to be an object"
        case "list" if shape.item:
            for position, item in enumerate(value):
                yield from _of_value(shape.item, item, (*path, position))
        case "map" if shape.item:
            for key, item in value.items():
                yield from _of_value(shape.item, item, (*path, key))
        case "object" if shape.args:
            yield from _of_object(fields_of(shape.args), value, path)


def _of_object(fields: Fields, value: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    allowed = ", ".join(sorted(fields.shapes))
    for name in sorted(value.keys() - {DEFAULTS}):
        here = (*path, name)
        if name in fields.shapes:
            yield from _of_value(fields.shapes[name], value[name], here)
        else:
            yield text(here), f"{text(here)} is no property of this type; allowed: {allowed}"
    for name in sorted(fields.required - value.keys()):
        here = (*path, name)
        yield text(here), f"{text(here)} is missing: the type requires it"


def _is_scalar(kind: Any, value: Any) -> bool:
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, int | float) if kind is float else isinstance(value, kind)


def _told(value: Any) -> str:
    """A value in an error: its type and, of numbers and truth values, itself; a text may be a secret."""
    return repr(value) if isinstance(value, bool | int | float) else f"of type {type(value).__name__}"
