"""Moves old snapshots into the archive: copied, read back and compared, and only then removed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from jobs.datasets.catalog import Catalog, Snapshot
from jobs.datasets.compression import SUFFIX, compress, expand
from jobs.datasets.manifest import MANIFEST, Manifest
from jobs.errors import DataError


@dataclass(frozen=True)
class Archived:
    """What one snapshot takes before and after, in bytes."""

    snapshot: Snapshot
    before: int
    after: int


def due(snapshots: Sequence[Snapshot], now: datetime, older_than: timedelta) -> list[Snapshot]:
    """Snapshots of one dataset that are older and not archived; never its newest, whatever its age."""
    ordered = sorted(snapshots, key=lambda snapshot: snapshot.time)
    return [one for one in ordered[:-1] if one.kept == "datasets" and now - one.time > older_than]


def archive(catalog: Catalog, snapshot: Snapshot) -> Archived:
    """Interrupted anywhere, the snapshot can be read, and another run ends what is left to do.

    Raises DataError when the snapshot or its copy is not what the manifest says; then nothing is removed.
    """
    manifest = catalog.manifest(snapshot)
    live, copy = replace(snapshot, kept="datasets"), replace(snapshot, kept="archive")
    if snapshot == live:
        for file in manifest.files:
            catalog.shelf.create(copy.key(file.name + SUFFIX), compress(catalog.read(snapshot, file.name)))
        catalog.shelf.create(copy.key(MANIFEST), manifest.to_bytes())
    after = verify(catalog, copy, manifest)
    # The manifest first: from then on the archive is what readers find.
    for name in (MANIFEST, *(file.name for file in manifest.files)):
        catalog.shelf.remove(live.key(name))
    return Archived(snapshot, sum(file.size for file in manifest.files), after)


def verify(catalog: Catalog, copy: Snapshot, manifest: Manifest) -> int:
    """Reads the whole copy back → its bytes. Raises DataError."""
    if catalog.shelf.read(copy.key(MANIFEST)) != manifest.to_bytes():
        raise DataError(
            "the archive holds another snapshot of this time", given=copy.key(MANIFEST),
            change="find out who wrote it; nothing was removed",
        )  # fmt: skip
    size = 0
    for file in manifest.files:
        key = copy.key(file.name + SUFFIX)
        packed = catalog.shelf.read(key)
        file.check(expand(packed, file.size, key), key)
        size += len(packed)
    return size


def interrupted(catalog: Catalog) -> list[Snapshot]:
    """Archived snapshots of which files lie below `datasets/` still: their removal was cut short."""
    lying = {key.rpartition("/")[0] for key in catalog.shelf.list_keys("datasets/")}
    archived = [one for name in catalog.names() for one in catalog.snapshots(name) if one.kept == "archive"]
    return [one for one in archived if replace(one, kept="datasets").folder in lying]
