"""What a set says about itself. Pure; its names and digests are the only thing that a restore trusts.

There are as many `Stored`, `Content` and `Chunk` as objects: they have slots, and what is equal in them is there once.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import field
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal, Protocol

from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from jobs.backup import document
from jobs.backup.errors import OTHER_SET, BackupError
from jobs.config import Frozen
from jobs.datasets import moment
from jobs.places import Purpose

FORMAT = 1
SETS, PACKS = "sets/", "packs/"
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0)]
# The same few in every set, which then are there once.
Word = Annotated[str, AfterValidator(sys.intern)]
_KEY = re.compile(rf"^{SETS}(\d{{4}}-\d\d-\d\dT\d\d-\d\d-\d\dZ)-([0-9a-f]{{64}})\.json$")
# Of a digest, what stands in the name of a set.
SHORT = 12
# Of objects without metadata, of all of them together.
_NONE: dict[str, str] = {}
# As `Frozen`: unknown keys are refused.
_KNOWN = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, config=_KNOWN)
class Pack:
    """One object of the bucket: `raw` bytes, compressed, sealed for `recipients`. Its name is its digest."""

    sha256: Sha256
    bytes: Count
    raw: Count
    recipients: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"{PACKS}{self.sha256}"


@dataclass(frozen=True, slots=True, config=_KNOWN)
class Chunk:
    """A run of bytes inside a pack's raw bytes; `pack` is its place in the manifest's list."""

    sha256: Sha256
    bytes: Count
    pack: Count
    offset: Count


@dataclass(frozen=True, slots=True, config=_KNOWN)
class Content:
    """Bytes, as the chunks that they are when put together."""

    sha256: Sha256
    bytes: Count
    chunks: tuple[Chunk, ...] = ()

    def __post_init__(self) -> None:
        # Most contents are one chunk: its digest and number of bytes are theirs.
        for name in ("sha256", "bytes") if len(self.chunks) == 1 else ():
            if getattr(self, name) == (one := getattr(self.chunks[0], name)):
                object.__setattr__(self, name, one)


class Table(Frozen):
    """Rows as PostgreSQL's COPY writes them, in the order of the table; the content's digest is that of the rows."""

    name: str = Field(min_length=1)
    columns: tuple[str, ...]
    rows: Count
    content: Content


class Sequence(Frozen):
    """The number that a sequence gave last, and whether it did."""

    name: str = Field(min_length=1)
    last: int
    called: bool


class Database(Frozen):
    """One database, all of one snapshot; `wal` is the position of the log when the snapshot was taken.

    `before` and `after` are the SQL that makes tables, and what comes when rows are there: indexes, keys, constraints.
    """

    name: str = Field(min_length=1)
    owner: str
    time: AwareDatetime
    wal: str
    server: str
    revision: str | None
    before: Content
    tables: tuple[Table, ...]
    sequences: tuple[Sequence, ...]
    after: Content


@dataclass(frozen=True, slots=True, config=_KNOWN)
class Stored:
    """An object of a bucket: the version that was current, as the listing named it."""

    key: Annotated[str, Field(min_length=1)]
    version: str
    etag: str
    content: Content
    kind: Word = "binary/octet-stream"
    encoding: Word = ""
    metadata: dict[str, str] = field(default_factory=lambda: _NONE)


# One at a time: all of them as dicts take five times what they take as objects.
_OBJECTS = ("buckets", document.EACH, "objects", document.EACH)
_STORED = TypeAdapter(Stored)


class Bucket(Frozen):
    """Every object that a bucket showed."""

    purpose: Purpose
    name: str = Field(min_length=3)
    objects: tuple[Stored, ...]


class ModelVersion(Frozen):
    """`files` is how many objects of the set lie below `source`."""

    version: str
    source: str
    run: str | None
    bundle: str | None
    files: Count


class Model(Frozen):
    """A registered model; aliases → versions."""

    name: str
    aliases: dict[str, str]
    versions: tuple[ModelVersion, ...]


class Setting(Frozen):
    """A file of the platform's configuration."""

    name: str = Field(min_length=1)
    content: Content


class Packed(Protocol):
    """What is stored as contents in packs."""

    @property
    def packs(self) -> tuple[Pack, ...]: ...

    def contents(self) -> Iterator[Content]: ...


class Manifest(Frozen):
    """A whole set. `time` is the database's; `skew` how many seconds the clock of the program was ahead of it."""

    format: Literal[1]
    time: AwareDatetime
    skew: float
    parent: str | None
    programs: dict[str, str]
    databases: tuple[Database, ...]
    buckets: tuple[Bucket, ...]
    models: tuple[Model, ...]
    configuration: tuple[Setting, ...]
    packs: tuple[Pack, ...]

    def to_bytes(self) -> bytes:
        whole = self.model_dump(mode="json", exclude_defaults=True, exclude={"buckets": {"__all__": {"objects"}}})
        for plain, bucket in zip(whole["buckets"], self.buckets, strict=True):
            plain["objects"] = bucket.objects
        plainly = partial(_STORED.dump_python, mode="json", exclude_defaults=True)
        content = io.BytesIO()
        encoder = json.JSONEncoder(sort_keys=True, indent=0, default=plainly)
        content.writelines(piece.encode() for piece in encoder.iterencode(whole))
        content.write(b"\n")
        return content.getvalue()

    def contents(self) -> Iterator[Content]:
        """Everything that the set holds."""
        for database in self.databases:
            yield database.before
            yield from (table.content for table in database.tables)
            yield database.after
        yield from (one.content for bucket in self.buckets for one in bucket.objects)
        yield from (one.content for one in self.configuration)

    def problems(self) -> list[str]:
        """Why this cannot be the manifest of a set."""
        found = [
            f"{what} stands twice: {name}"
            for what, names in self._names()
            for name, times in Counter(names).items()
            if times > 1
        ]
        for content in self.contents():
            if sum(chunk.bytes for chunk in content.chunks) != content.bytes:
                found.append(f"the chunks of {content.sha256} are not {content.bytes} bytes")
            if len(content.chunks) == 1 and content.chunks[0].sha256 != content.sha256:
                found.append(f"{content.sha256} is not its only chunk")
            for chunk in content.chunks:
                if chunk.pack >= len(self.packs) or chunk.offset + chunk.bytes > self.packs[chunk.pack].raw:
                    found.append(f"chunk {chunk.sha256} is in no pack")
        return found

    def _names(self) -> Iterator[tuple[str, Iterable[str]]]:
        yield "a pack", (pack.sha256 for pack in self.packs)
        yield "a database", (one.name for one in self.databases)
        yield "a bucket", (one.purpose for one in self.buckets)
        for database in self.databases:
            yield "a table", (one.name for one in database.tables)
        for bucket in self.buckets:
            yield "an object", (one.key for one in bucket.objects)


def key_of(content: bytes, time: datetime) -> str:
    """Where a manifest lies: its name says when, and what its bytes must be."""
    return f"{SETS}{moment.key_of(time)}-{hashlib.sha256(content).hexdigest()}.json"


def id_of(key: str) -> str | None:
    """The name that people use for the set of this manifest; None when the key is no manifest's."""
    found = _KEY.match(key)
    return f"{found[1]}-{found[2][:SHORT]}" if found else None


def parse(key: str, content: bytes) -> Manifest:
    """Raises BackupError unless it is the manifest that its name says, whole and sound."""
    found = _KEY.match(key)
    actual = hashlib.sha256(content).hexdigest()
    if found is None or actual != found[2]:
        raise BackupError(
            "the manifest is not the one that was written under this name", given=f"{key}: sha256 {actual}",
            change=OTHER_SET,
        )  # fmt: skip
    try:
        manifest = Manifest.model_validate(document.read(content, _OBJECTS, partial(_stored, key)))
    except ValidationError as error:
        raise _unreadable(key, error) from error
    except (ValueError, RecursionError) as error:
        raise BackupError(
            "the manifest cannot be read", given=key, change=OTHER_SET, details=(f"Invalid JSON: {error}",)
        ) from error
    problems = manifest.problems()
    if moment.key_of(manifest.time) != found[1]:
        problems.append(f"its time is {manifest.time.isoformat()}")
    if problems:
        raise BackupError("the manifest contradicts itself", given=key, change=OTHER_SET, details=tuple(problems[:5]))
    return manifest


def _stored(key: str, found: Any, place: document.Place) -> Stored:
    try:
        return _STORED.validate_python(found)
    except ValidationError as error:
        raise _unreadable(key, error, place) from error


def _unreadable(key: str, error: ValidationError, place: document.Place = ()) -> BackupError:
    details = tuple(f"{'.'.join(map(str, (*place, *one['loc'])))}: {one['msg']}" for one in error.errors()[:5])
    return BackupError("the manifest cannot be read", given=key, change=OTHER_SET, details=details)
