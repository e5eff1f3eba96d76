"""Where two values differ, and what follows from it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from local.plugins.paths import MISSING, Path


class Change(Enum):
    ADD = "add"
    DELETE = "delete"
    UPDATE = "update"


@dataclass(frozen=True)
class Plan:
    """Changed places, the subset that forces a replacement, and whether the old resource has to go first."""

    changes: Mapping[Path, Change]
    replacements: frozenset[Path]
    delete_first: bool

    @property
    def properties(self) -> frozenset[str]:
        """The inputs that differ."""
        return frozenset(str(path[0]) for path in self.changes)


def changes(old: Any, new: Any, path: Path = ()) -> Iterator[tuple[Path, Change]]:
    """Every place where the two differ; maps by key, lists by position."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            yield from changes(old.get(key, MISSING), new.get(key, MISSING), (*path, key))
    elif isinstance(old, list) and isinstance(new, list):
        for position in range(max(len(old), len(new))):
            before = old[position] if position < len(old) else MISSING
            after = new[position] if position < len(new) else MISSING
            yield from changes(before, after, (*path, position))
    elif old is MISSING:
        yield path, Change.ADD
    elif new is MISSING:
        yield path, Change.DELETE
    elif type(old) is not type(new) or old != new:
        yield path, Change.UPDATE
