"""What components registered, as rules see it."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from functools import cache
from typing import Any

from infra.guardrails.rules import aws as types
from infra.guardrails.rules.rule import Object
from tests.support.recording import Recorded, opened
from tests.support.stack import stack

STACKS = ("local", "dev", "prod")
# Where a rule is about some resources of a type only, one of them.
_CHOSEN: dict[str, Callable[[Object], bool]] = {
    types.ADDON: lambda it: it.props["addonName"] == "vpc-cni",
    types.FUNCTION: lambda it: it.props.get("packageType") == "Image",
    types.DOOR: lambda it: it.props["vpcEndpointType"] == "Interface",
    types.BUCKET: lambda it: it.props["objectLockEnabled"],
}


@cache
def objects(name: str) -> list[Object]:
    """Everything a stack registers."""
    return [_object(one) for one in stack(name).resources]


@cache
def aws() -> list[Object]:
    """Everything of stack `prod` that is on AWS: it has some of each type that a rule is about."""
    return [it for it in objects("prod") if it.type.startswith("aws:")]


@cache
def one_of_each() -> list[Object]:
    """One of `aws` of every type; always the same, in whatever order the program registers them."""
    by_name = sorted(aws(), key=lambda it: it.name, reverse=True)
    return list({it.type: it for it in by_name if it.type not in _CHOSEN or _CHOSEN[it.type](it)}.values())


def spoiled(type_: str, spoil: Callable[[dict[str, Any]], object], **changes: Any) -> Object:
    """An AWS resource of that type, after `spoil` changed its inputs."""
    it = next(it for it in one_of_each() if it.type == type_)
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
    """With secrets in the open: that is how the engine hands them to a policy."""
    return Object(one.type, one.name, opened(one.inputs), one.protect, one.urn, one.references)
