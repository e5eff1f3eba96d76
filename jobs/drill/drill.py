"""The newest set put back where it harms nobody, compared, proven and removed again: whether a restore would do."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from jobs.backup.manifest import Manifest
from jobs.backup.seal import Opener
from jobs.backup.sets import Entry, Sets
from jobs.backup.verify import verify
from jobs.errors import BundleError
from jobs.restore import databases, registry
from jobs.restore.admin import Admin, opened
from jobs.restore.databases import Place
from jobs.restore.reader import Reader

Say = Callable[[str], None]
# Of the databases that a drill makes, and nobody else.
PREFIX = "drill_"


@dataclass(frozen=True)
class Drilled:
    """Seconds of each step; every byte of the set was opened, every table compared, every alias proven."""

    entry: Entry
    seconds: dict[str, float]
    rows: int
    objects: int
    bytes: int

    @property
    def age(self) -> float:
        """Seconds since the set."""
        return (datetime.now(UTC) - self.entry.time).total_seconds()


def drill(sets: Sets, entry: Entry, opener: Opener, say: Say) -> Drilled:
    """Into databases of its own on the server of the environment; buckets are read from the set, and none is touched.

    Raises BackupError: this set would not come back. BusyError: that was not tried.
    """
    manifest = sets.read(entry)
    seconds: dict[str, float] = {}
    begun = time.monotonic()
    verified = verify(sets.shelf, manifest, opener)
    say(f"{entry.id}: {verified.packs} packs of {verified.bytes} bytes opened")
    seconds["verify"] = time.monotonic() - begun
    with (
        opened("drill") as admin,
        Reader(sets.shelf, manifest, opener) as reader,
        tempfile.TemporaryDirectory(prefix="mlops-drill-") as name,
    ):
        places = [databases.look(admin, f"{PREFIX}{one.name}", one.owner) for one in manifest.databases]
        try:
            begun = time.monotonic()
            for place, database in zip(places, manifest.databases, strict=True):
                databases.load(admin, place, database, reader, {}, say)
            seconds["database"] = time.monotonic() - begun
            begun = time.monotonic()
            if manifest.models:
                # MLflow's stands first in every set.
                with admin.inside(places[0].beside) as connection:
                    registry.prove(connection, manifest.models, say, _Bundles(manifest, reader, Path(name)))
            seconds["champion"] = time.monotonic() - begun
        finally:
            remove(admin, places)
    return Drilled(
        entry, seconds, sum(table.rows for one in manifest.databases for table in one.tables),
        sum(len(bucket.objects) for bucket in manifest.buckets), verified.bytes,
    )  # fmt: skip


def remove(admin: Admin, places: list[Place]) -> None:
    """What a drill has made, also one that was killed."""
    for place in places:
        admin.drop(place.beside)


class _Bundles:
    """Loads a bundle out of the set's own objects, whatever the store has now."""

    def __init__(self, manifest: Manifest, reader: Reader, folder: Path) -> None:
        self._reader, self._folder = reader, folder
        self._contents = {
            f"s3://{bucket.name}/{one.key}": one.content for bucket in manifest.buckets for one in bucket.objects
        }

    def __call__(self, source: str, digest: str) -> object:
        from jobs.bundle.files import copy_of_model
        from jobs.bundle.scorer import load_scorer

        return load_scorer(copy_of_model(source, self._folder / digest, self._read), digest)

    def _read(self, address: str) -> bytes:
        if address not in self._contents:
            raise BundleError(
                "the set has no such file", given=address,
                change="bring it back into the store, then take a set: docs/runbooks/backup-drill-failed.md",
            )  # fmt: skip
        return self._reader.read(self._contents[address])
