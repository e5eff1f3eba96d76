"""A copy of all of a server's files, which the log continues: `bases/TIME-SHA256.json`, and packs as sets have them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, ValidationError

from jobs.backup.errors import BackupError
from jobs.backup.manifest import Content, Pack
from jobs.config import Frozen
from jobs.datasets import moment
from jobs.datasets.shelf import Shelf
from jobs.errors import DataError

BASES = "bases/"
_OTHERS = "other bases lead to the times that `mlops wal status` shows; a new one: docs/runbooks/wal-base-too-old.md"
_KEY = re.compile(rf"{BASES}(\d{{4}}-\d\d-\d\dT\d\d-\d\d-\d\dZ)-([0-9a-f]{{64}})\.json")


class Base(Frozen):
    """`content` is a tar archive. The server's files are whole once the log from `start` to `end` is replayed.

    `time` is the server's after the copy, `segment` the size of a file of its log.
    """

    format: Literal[1] = 1
    system: str = Field(pattern=r"^\d{1,20}$")
    timeline: Annotated[int, Field(ge=1)]
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]
    segment: Annotated[int, Field(ge=1024 * 1024)]
    server: str
    time: AwareDatetime
    content: Content
    packs: tuple[Pack, ...]

    def contents(self) -> Iterator[Content]:
        yield self.content


def keys(shelf: Shelf) -> list[str]:
    """Oldest first. Raises UnreachableError."""
    return [key for key in shelf.list_keys(BASES) if _KEY.fullmatch(key)]


def write(shelf: Shelf, base: Base) -> str:
    """What makes it a base; its key."""
    content = (base.model_dump_json() + "\n").encode()
    key = f"{BASES}{moment.key_of(base.time)}-{hashlib.sha256(content).hexdigest()}.json"
    shelf.create(key, content)
    read(shelf, key)
    return key


def read(shelf: Shelf, key: str) -> Base:
    """Raises BackupError unless it is what its name says."""
    found = _KEY.fullmatch(key)
    try:
        content = shelf.read(key)
        base = Base.model_validate_json(content)
    except (DataError, ValidationError) as error:
        raise BackupError(
            "a base of the log cannot be read", given=key, change=_OTHERS, details=(str(error)[:300],)
        ) from error
    if not found or hashlib.sha256(content).hexdigest() != found[2] or moment.key_of(base.time) != found[1]:
        raise BackupError("a base of the log is not what was written under this name", given=key, change=_OTHERS)
    return base


def sound(shelf: Shelf, say: Callable[[str], None]) -> dict[str, Base]:
    """By their keys, oldest first; those that are not sound are told: others lead to most of their times, too."""
    found = {}
    for key in keys(shelf):
        try:
            found[key] = read(shelf, key)
        except BackupError as error:
            say(f"{key} cannot be used: {error.problem}")
    return found
