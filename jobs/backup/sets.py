"""The sets of a place: `sets/TIME-DIGEST.json`, and the packs that they name below `packs/`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from jobs.backup.errors import AGAIN, OTHER_SET, BackupError
from jobs.backup.manifest import SETS, Manifest, id_of, key_of, parse
from jobs.datasets.moment import time_of_key
from jobs.datasets.shelf import Shelf, shelf_of
from jobs.errors import DataError
from jobs.places import bucket

# Time and digest, `2026-11-20T12-00-00Z-0123456789ab`.
TIME_LENGTH = 20


@dataclass(frozen=True)
class Entry:
    """A set by its name; whether it is sound is said by `Sets.read` and `jobs.backup.verify`."""

    id: str
    key: str
    time: datetime


@dataclass(frozen=True)
class Sets:
    """Every method raises UnreachableError."""

    shelf: Shelf

    @classmethod
    def at(cls, place: str | None) -> Sets:
        """`s3://bucket[/prefix]`, a folder, or the platform's bucket of backups."""
        return cls(shelf_of(place or f"s3://{bucket('backups')}"))

    def entries(self) -> list[Entry]:
        """Oldest first."""
        found = ((key, id_of(key)) for key in self.shelf.list_keys(SETS))
        return sorted((Entry(name, key, _time(name)) for key, name in found if name), key=lambda one: one.key)

    def find(self, name: str | None, at: datetime | None) -> Entry:
        """The set of this id, or the newest that is not newer than the time. Raises BackupError."""
        entries = self.entries()
        fitting = [
            one for one in entries if (name is None or one.id == name) and (at is None or one.time <= at)
        ]  # fmt: skip
        if not fitting:
            raise BackupError(
                "there is no such set", given=name or (at.isoformat() if at else "the newest"),
                allowed=[one.id for one in entries[-10:]] or f"none at {self.shelf.root}",
                change="`mlops backup list` names all of them",
            )  # fmt: skip
        return fitting[-1]

    def read(self, entry: Entry) -> Manifest:
        """Raises BackupError when it is not what was written."""
        try:
            content = self.shelf.read(entry.key)
        except DataError as error:
            raise BackupError("the manifest of the set is missing", given=entry.key, change=OTHER_SET) from error
        return parse(entry.key, content)

    def sound(self, entry: Entry, say: Callable[[str], None]) -> Manifest | None:
        """None, and told, when it is not what was written."""
        try:
            return self.read(entry)
        except BackupError as error:
            say(f"{entry.id} cannot be used: {error.problem}")
            return None

    def newest(self, say: Callable[[str], None]) -> tuple[Entry, Manifest] | None:
        """The newest that is sound by its manifest; those that are not are told."""
        for entry in reversed(self.entries()):
            if (manifest := self.sound(entry, say)) is not None:
                return entry, manifest
        return None

    def write(self, manifest: Manifest) -> Entry:
        """What makes it a set; compared before and read back after. Raises BackupError."""
        content = manifest.to_bytes()
        key = key_of(content, manifest.time)
        if parse(key, content) != manifest:
            raise BackupError(
                "the manifest would not be read as what it is; it was not written", given=key,
                change="report it; the sets that are there are as they were",
            )  # fmt: skip
        self.shelf.create(key, content)
        if self.shelf.read(key) != content:
            raise BackupError("the store does not give back the manifest that was written", given=key, change=AGAIN)
        name = id_of(key)
        assert name
        return Entry(name, key, _time(name))


def _time(name: str) -> datetime:
    time = time_of_key(name[:TIME_LENGTH])
    if time is None:
        raise BackupError(
            "a set has a time that does not exist", given=name,
            change=f"no backup gives such a name: move that file out of {SETS} of the place",
        )  # fmt: skip
    return time
