"""A set, or a part of it, put back: nothing is touched before every byte that is needed has been verified."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from jobs.backup.errors import BackupError
from jobs.backup.seal import Opener
from jobs.backup.sets import Entry, Sets
from jobs.backup.verify import verify
from jobs.restore import buckets, databases, registry
from jobs.restore.admin import Admin, opened
from jobs.restore.buckets import Filling
from jobs.restore.databases import Place
from jobs.restore.reader import Reader
from jobs.restore.target import Target

Say = Callable[[str], None]


@dataclass(frozen=True)
class Restored:
    """Seconds of each step."""

    entry: Entry
    seconds: dict[str, float]
    rows: int
    objects: int


@dataclass(frozen=True)
class Found:
    """What is where the set is to go."""

    places: tuple[Place, ...]
    fillings: tuple[Filling, ...]
    registry: bool

    @property
    def occupied(self) -> list[str]:
        """What would be replaced."""
        return [
            *(f"database {one.name} has rows" for one in self.places if one.rows),
            *(
                f"bucket {one.name}: {len(one.other)} objects have other bytes, {one.beyond} are not in the set"
                for one in self.fillings
                if not one.empty
            ),
            *(["the registry has models"] if self.registry else []),
        ]


def restore(sets: Sets, entry: Entry, target: Target, opener: Opener, replace: bool, say: Say) -> Restored:
    """Raises BackupError: before anything was touched, or with every database still in its place; objects that had
    other bytes may have a new version over them then. Raises BusyError before anything."""
    with opened("restore") as admin:
        steps = _Steps()
        verified = verify(sets.shelf, target.manifest, opener, target.contents())
        say(f"{entry.id}: {verified.packs} packs of {verified.bytes} bytes verified")
        steps.done("verify")
        found = look(admin, target)
        if found.occupied and not replace:
            raise BackupError(
                "there is something where the set should go; nothing was changed", details=tuple(found.occupied),
                change="--into NAME restores beside it, --replace in its place",
            )  # fmt: skip
        with Reader(sets.shelf, target.manifest, opener) as reader:
            _put_back(admin, target, found, reader, steps, say)
    return Restored(
        entry, steps.seconds, sum(table.rows for one in target.whole_databases for table in one.tables),
        sum(len(one.source.objects) for one in found.fillings),
    )  # fmt: skip


def _put_back(admin: Admin, target: Target, found: Found, reader: Reader, steps: _Steps, say: Say) -> None:
    for place, database in zip(found.places, target.whole_databases, strict=True):
        databases.load(admin, place, database, reader, target.renamed, say)
    steps.done("database")
    for filling in found.fillings:
        buckets.fill(filling, reader, say)
    steps.done("artifacts")
    _swap(admin, target, found.places, steps, say)
    if target.only == "registry":
        database = target.registry
        name = target.databases[database.name]
        registry.put_back(admin, name, database, reader, target.renamed, target.manifest.models, say)
        steps.done("registry")


def look(admin: Admin, target: Target) -> Found:
    """Changes nothing, but lets clients into a database that an interrupted restore had closed."""
    return Found(
        tuple(databases.look(admin, target.databases[one.name], one.owner) for one in target.whole_databases),
        tuple(buckets.look(one, target.buckets[one.purpose]) for one in target.filled_buckets),
        target.only == "registry" and registry.has_models(admin, target.databases[target.registry.name]),
    )


def _swap(admin: Admin, target: Target, places: tuple[Place, ...], steps: _Steps, say: Say) -> None:
    if not places:
        return
    if target.manifest.models:
        name = target.databases[target.registry.name]
        beside = next(one.beside for one in places if one.name == name)
        with admin.inside(beside) as connection:
            registry.prove(connection, target.manifest.models, say)
        steps.done("champion")
    moment = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
    for place in places:
        databases.swap(admin, place, f"{place.name}_before_{moment}", say)
    steps.done("swap")


class _Steps:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.monotonic()

    def done(self, name: str) -> None:
        now = time.monotonic()
        self.seconds[name] = now - self._last
        self._last = now
