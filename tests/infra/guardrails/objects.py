"""What components registered, as rules see it."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from functools import cache
from typing import Any

from infra.guardrails.rules.rule import Object
from tests.infra.guardrails.example import example
from tests.support.recording import Recorded, Recording, Secret, record


def objects(recording: Recording) -> list[Object]:
    """Everything in a stack, with secrets in the open: that is how the engine hands them to a policy."""
    return [_object(one) for one in recording.resources]


@cache
def aws() -> list[Object]:
    """One of each AWS resource that a rule is about, hardened."""
    return objects(record(example, stack="prod"))


def spoiled(type_: str, spoil: Callable[[dict[str, Any]], object], **changes: Any) -> Object:
    """The first AWS resource of that type, after `spoil` changed its inputs."""
    it = next(it for it in aws() if it.type == type_)
    props = deepcopy(dict(it.props))
    spoil(props)
    return replace(it, props=props, **changes)


def spoiled_stack(type_: str, spoil: Callable[[dict[str, Any]], object]) -> list[Object]:
    """The AWS resources, one of them spoiled."""
    bad = spoiled(type_, spoil)
    return [bad if it.urn == bad.urn else it for it in aws()]


def without(type_: str) -> list[Object]:
    """The AWS resources but those of one type."""
    return [it for it in aws() if it.type != type_]


def _object(one: Recorded) -> Object:
    return Object(one.type, one.name, _open(one.inputs), one.protect, one.urn, one.references)


def _open(tree: Any) -> Any:
    if isinstance(tree, Secret):
        return _open(tree.value)
    if isinstance(tree, dict):
        return {key: _open(value) for key, value in tree.items()}
    return [_open(value) for value in tree] if isinstance(tree, list) else tree
