"""What a set says about itself. Pure; its names and digests are the only thing that a restore trusts."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal, Protocol

from pydantic import AwareDatetime, Field, ValidationError

from jobs.backup.errors import BackupError
from jobs.config import Frozen
from jobs.datasets import moment
from jobs.places import Purpose

FORMAT = 1
SETS, PACKS = "sets/", "packs/"
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0)]
_KEY = re.compile(rf"^{SETS}(\d{{4}}-\d\d-\d\dT\d\d-\d\d-\d\dZ)-([0-9a-f]{{64}})\.json$")
# Of a digest, what stands in the name of a set.
SHORT = 12


class Pack(Frozen):
    """One object of the bucket: `raw` bytes, compressed, sealed for `recipients`. Its name is its digest."""

    sha256: Sha256
    bytes: Count
    raw: Count
    recipients: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"{PACKS}{self.sha256}"


class Chunk(Frozen):
    """A run of bytes inside a pack's raw bytes; `pack` is its place in the manifest's list."""

    sha256: Sha256
    bytes: Count
    pack: Count
    offset: Count


class Content(Frozen):
    """Bytes, as the chunks that they are when put together."""

    sha256: Sha256
    bytes: Count
    chunks: tuple[Chunk, ...] = ()


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


class Stored(Frozen):
    """An object of a bucket: the version that was current, as the listing named it."""

    key: str = Field(min_length=1)
    version: str
    etag: str
    content: Content
    kind: str = "binary/octet-stream"
    metadata: dict[str, str] = Field(default_factory=dict)


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
        return (
            json.dumps(self.model_dump(mode="json", exclude_defaults=True), sort_keys=True, indent=0) + "\n"
        ).encode()

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

    def _names(self) -> Iterator[tuple[str, list[str]]]:
        yield "a pack", [pack.sha256 for pack in self.packs]
        yield "a database", [one.name for one in self.databases]
        yield "a bucket", [one.purpose for one in self.buckets]
        for database in self.databases:
            yield "a table", [one.name for one in database.tables]
        for bucket in self.buckets:
            yield "an object", [one.key for one in bucket.objects]


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
            change="take another set: `mlops backup list`",
        )  # fmt: skip
    try:
        manifest = Manifest.model_validate_json(content)
    except ValidationError as error:
        details = tuple(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:5])
        raise BackupError("the manifest cannot be read", given=key, details=details) from error
    problems = manifest.problems()
    if moment.key_of(manifest.time) != found[1]:
        problems.append(f"its time is {manifest.time.isoformat()}")
    if problems:
        raise BackupError("the manifest contradicts itself", given=key, details=tuple(problems[:5]))
    return manifest
