"""Appends a dated snapshot: its files and, last, the manifest that makes it exist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from jobs.datasets.catalog import Catalog, Snapshot
from jobs.datasets.manifest import MANIFEST, Manifest
from jobs.datasets.moment import key_of
from jobs.errors import DataError


@dataclass(frozen=True)
class Written:
    """`new` is False when the newest snapshot had the same content already."""

    snapshot: Snapshot
    manifest: Manifest
    new: bool


def append(catalog: Catalog, manifest: Manifest, contents: Mapping[str, bytes]) -> Written:
    """Does nothing when the newest snapshot has the same content; never changes what is there.

    Raises DataError when there is a snapshot of this or a later time, or another run is writing one now.
    """
    snapshots = catalog.snapshots(manifest.name)
    if snapshots:
        newest = snapshots[-1]
        there = catalog.manifest(newest)
        if there.content == manifest.content:
            return Written(newest, there, new=False)
        if newest.time >= manifest.time:
            raise _taken(manifest, newest.time)
    snapshot = Snapshot(manifest.name, manifest.time, "datasets")
    for name, content in contents.items():
        key = snapshot.key(name)
        # The same bytes are of this run, interrupted and begun again, or of its twin; others are of another run.
        if not catalog.shelf.create(key, content) and catalog.shelf.read(key) != content:
            raise _taken(manifest, manifest.time)
    if catalog.shelf.create(snapshot.key(MANIFEST), manifest.to_bytes()):
        return Written(snapshot, manifest, new=True)
    return Written(snapshot, catalog.manifest(snapshot), new=False)


def _taken(manifest: Manifest, newest: datetime) -> DataError:
    return DataError(
        f"dataset {manifest.name} has a snapshot of this or a later time, and what is written is never changed",
        given=key_of(manifest.time), allowed=f"later than {key_of(newest)}", change="run the same command again",
    )  # fmt: skip
