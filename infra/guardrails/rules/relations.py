"""Which resources of a stack belong together."""

from collections.abc import Iterator, Sequence

from infra.guardrails.rules.rule import UNKNOWN, Object


def belongs(part: Object, whole: Object, by: str, name: str) -> bool:
    """Whether the part's input `by` comes from the whole, or is the plain value that the whole has as `name`."""
    if whole.urn and whole.urn in part.references.get(by, frozenset()):
        return True
    value = part.props.get(by)
    return value is not None and value is not UNKNOWN and value == whole.props.get(name)


def parts(stack: Sequence[Object], whole: Object, type_: str, by: str, name: str) -> Iterator[Object]:
    """The resources of a type that belong to the whole."""
    return (it for it in stack if it.type == type_ and belongs(it, whole, by, name))


def of_type(stack: Sequence[Object], *types: str) -> Iterator[Object]:
    return (it for it in stack if it.type in types)
