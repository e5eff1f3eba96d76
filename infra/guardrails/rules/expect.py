"""What most rules say: an input must be this, or must be there at all. Nothing is said about what is not known yet."""

from collections.abc import Iterator, Mapping
from typing import Any

from infra.guardrails.rules.rule import UNKNOWN, at


def must_be(props: Mapping[str, Any], path: str, wanted: object, why: str) -> Iterator[str]:
    """The input at a dotted path has exactly that value; AWS' defaults change, so it is written down."""
    found = at(props, *path.split("."))
    if found is not UNKNOWN and found != wanted:
        yield f"{why}: set {path} to {shown(wanted)}, not {shown(found)}"


def must_have(props: Mapping[str, Any], path: str, what: str, why: str) -> Iterator[str]:
    """The input at a dotted path is given."""
    if not at(props, *path.split(".")):
        yield f"{why}: set {path} to {what}"


def must_reach(props: Mapping[str, Any], path: str, least: int, why: str) -> Iterator[str]:
    """The number at a dotted path is that or more."""
    found = at(props, *path.split("."))
    if found is not UNKNOWN and (found or 0) < least:
        yield f"{why}: set {path} to {least} or more, not {shown(found)}"


def items(value: Any) -> list[Any]:
    """A list as it is, one thing as a list of one, nothing or an unknown as none."""
    if value is None or value is UNKNOWN:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def lacks(given: Any, *wanted: str) -> list[str]:
    """What a list lacks; nothing if it, or something in it, is not known yet."""
    found = items(given)
    return [] if given is UNKNOWN or UNKNOWN in found else [each for each in wanted if each not in found]


def shown(value: object) -> str:
    """As a person would write it in a stack file."""
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "nothing"
    return f"{value:g}" if isinstance(value, float) else repr(value)
