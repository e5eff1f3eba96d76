"""From what the engine shows to what rules read."""

from collections.abc import Mapping
from typing import Any

from pulumi_policy import PolicyResource, ResourceValidationArgs
from pulumi_policy.proxy import UnknownValueError

from infra.guardrails.rules.rule import UNKNOWN, Object


def single(args: ResourceValidationArgs) -> Object:
    """A resource that the engine asks about alone."""
    return Object(args.resource_type, args.name, known(args.props), args.opts.protect, args.urn)


def of_stack(resource: PolicyResource) -> Object:
    """A resource among those of its stack, with where its inputs come from."""
    references = {
        name: frozenset(source.urn for source in sources) for name, sources in resource.property_dependencies.items()
    }
    return Object(
        resource.resource_type,
        resource.name,
        known(resource.props),
        resource.opts.protect,
        resource.urn,
        references,
    )


def known(value: Any) -> Any:
    """The same tree with `UNKNOWN` for each value that a preview cannot know: the SDK raises when one is read."""
    if isinstance(value, Mapping):
        return {key: _read(value, key) for key in value}
    # The SDK's proxy of a list is a sequence, but no list.
    if hasattr(value, "__getitem__") and not isinstance(value, str | bytes):
        return [_read(value, index) for index in range(len(value))]
    return value


def _read(tree: Any, key: Any) -> Any:
    try:
        return known(tree[key])
    except UnknownValueError:
        return UNKNOWN
