"""What the installed SDK says of a resource type: its inputs with their types, and its outputs. Pure.

Read from the SDK's own classes, so that a program is checked against the version it was written with. Enums are open in
the SDK (any text is allowed there), so they are texts here.
"""

from __future__ import annotations

import inspect
import sys
import typing
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, ForwardRef

import pulumi

# The SDK's only way from Python names and types to Pulumi's; private, and fixed by the pinned version.
from pulumi import _types

SCALARS: dict[Any, str] = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}


@dataclass(frozen=True)
class Shape:
    """The type of a value: `kind` is `scalar`, `list`, `map`, `object`, `file` or `any`."""

    kind: str
    scalar: Any = None
    item: Shape | None = None
    args: type | None = None


@dataclass(frozen=True)
class Fields:
    """The properties of an object by Pulumi's names, and those that must be given."""

    shapes: Mapping[str, Shape]
    required: frozenset[str]


@cache
def inputs_of(resource: type) -> Fields:
    """The inputs of a resource class."""
    module = sys.modules[resource.__module__]
    # Where another type is called `<Name>Args` already, the SDK calls the inputs `<Name>InitArgs`.
    args = getattr(module, f"{resource.__name__}InitArgs", None) or getattr(module, f"{resource.__name__}Args")
    return fields_of(args)


@cache
def outputs_of(resource: type) -> frozenset[str]:
    """The names of a resource class's outputs, inputs included."""
    return frozenset(_types.resource_types(resource))


@cache
def fields_of(args: type) -> Fields:
    """The fields of an `…Args` class."""
    names = _types.input_type_py_to_pulumi_names(args)
    signature = inspect.signature(args.__init__).parameters  # type: ignore[misc]  # a class, whose __init__ is asked for
    required = {
        names[name] for name, parameter in signature.items() if name in names and parameter.default is parameter.empty
    }
    scope = vars(sys.modules[args.__module__])
    shapes = {name: _shape(kind, scope) for name, kind in _types.input_type_types(args).items()}
    return Fields(shapes, frozenset(required))


def token_of(resource: type) -> str:
    """`aws:s3/bucket:Bucket`."""
    return str(resource.pulumi_type)  # type: ignore[attr-defined]  # every generated resource class has it


def _shape(kind: Any, scope: dict[str, Any]) -> Shape:
    if isinstance(kind, ForwardRef):
        kind = kind.__forward_arg__
    if isinstance(kind, str):
        kind = eval(kind, scope)
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin is Sequence:
        return Shape("list", item=_shape(parts[0], scope))
    if origin is Mapping:
        return Shape("map", item=_shape(parts[1], scope))
    if parts and origin is not None:
        return _shape(_told_apart(parts), scope)
    if kind in SCALARS:
        return Shape("scalar", scalar=kind)
    if isinstance(kind, type) and issubclass(kind, pulumi.Asset | pulumi.Archive):
        return Shape("file")
    if isinstance(kind, type) and issubclass(kind, Enum):
        return Shape("scalar", scalar=str)
    if isinstance(kind, type) and _types.is_input_type(kind):
        return Shape("object", args=kind)
    return Shape("any")


def _told_apart(parts: tuple[Any, ...]) -> Any:
    """The one of a union that the wire carries: text before the classes that are shorthands for it."""
    plain = [part for part in parts if part is not type(None) and not _is_deferred(part)]
    return str if str in plain else plain[0]


def _is_deferred(part: Any) -> bool:
    origin = typing.get_origin(part) or part
    return origin in (Awaitable, pulumi.Output) or (
        isinstance(part, ForwardRef) and part.__forward_arg__ in ("T", "Output[T]")
    )
