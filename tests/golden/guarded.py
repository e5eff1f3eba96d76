"""Which inputs the guardrails look at, found by looking over their shoulder: no list of ours can fall behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from infra.guardrails.rules import RULES, STACK_RULES
from infra.guardrails.rules.rule import Object

Path = tuple[str, ...]


class _Dict(dict[str, Any]):
    """Notes which of its values are read."""

    def __init__(self, content: dict[str, Any], path: Path, seen: set[Path]) -> None:
        super().__init__({key: _watched(value, (*path, key), seen) for key, value in content.items()})
        self._path, self._seen = path, seen

    def get(self, key: str, default: Any = None) -> Any:
        # Not dict.get: that would not go through __getitem__.
        if key not in self:
            return default
        return self[key]

    def __getitem__(self, key: str) -> Any:
        self._seen.add((*self._path, key))
        return super().__getitem__(key)


class _List(list[Any]):
    """Notes that its items are read one by one."""

    def __init__(self, content: list[Any], path: Path, seen: set[Path]) -> None:
        super().__init__(_watched(value, (*path, str(place)), seen) for place, value in enumerate(content))
        self._path, self._seen = path, seen

    def __iter__(self) -> Iterator[Any]:
        for place, value in enumerate(super().__iter__()):
            self._seen.add((*self._path, str(place)))
            yield value


def _watched(value: Any, path: Path, seen: set[Path]) -> Any:
    if isinstance(value, dict):
        return _Dict(value, path, seen)
    return _List(value, path, seen) if isinstance(value, list) else value


def guarded(objects: Sequence[Object]) -> dict[str, list[Path]]:
    """URN → paths of its inputs that some rule reads, without those that only lead to longer ones."""
    seen: dict[str, set[Path]] = {it.urn: set() for it in objects}
    watched = [replace(it, props=_Dict(dict(it.props), (), seen[it.urn])) for it in objects]
    for rule in RULES:
        for it in watched:
            list(rule.check(it))
    for stack_rule in STACK_RULES:
        list(stack_rule.check(watched))
    return {urn: sorted(path for path in paths if not _leads_on(path, paths)) for urn, paths in seen.items()}


def _leads_on(path: Path, paths: set[Path]) -> bool:
    return any(len(other) > len(path) and other[: len(path)] == path for other in paths)
