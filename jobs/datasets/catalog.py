"""The snapshots of every dataset, also archived ones: which there are, which counted at a time, and their files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from jobs.datasets.compression import SUFFIX, expand
from jobs.datasets.manifest import MANIFEST, Manifest
from jobs.datasets.moment import key_of, time_of_key
from jobs.datasets.shelf import Shelf, shelf_of
from jobs.errors import DataError

ROOT = "MLOPS_DATASETS"
READERS = 8
Kept = Literal["datasets", "archive"]


def default_root() -> str:
    """`MLOPS_DATASETS` (a folder or `s3://bucket/prefix`), else the platform's features bucket."""
    from jobs.places import bucket

    return os.environ.get(ROOT) or f"s3://{bucket('features')}"


@dataclass(frozen=True)
class Snapshot:
    """A finished snapshot; `kept` says where: one that is in both places counts as not archived."""

    name: str
    time: datetime
    kept: Kept

    @property
    def folder(self) -> str:
        return f"{self.kept}/{self.name}/{key_of(self.time)}"

    def key(self, file: str) -> str:
        """Below `archive/` the files are compressed, the manifest is not."""
        return f"{self.folder}/{file}"


class Catalog:
    """Reads `datasets/` and `archive/` of one root. Raises UnreachableError when the store is down."""

    def __init__(self, root: str | None = None) -> None:
        self.shelf: Shelf = shelf_of(root or default_root())

    def names(self) -> list[str]:
        """Names of the datasets that have a snapshot."""
        return sorted({snapshot.name for snapshot in self._listed("")})

    def snapshots(self, name: str) -> list[Snapshot]:
        """Oldest first."""
        return self._listed(f"{name}/")

    def newest(self, name: str, as_of: datetime | None = None) -> Snapshot:
        """The one that counted at that time, by default now. Raises DataError naming what there is."""
        found = self.snapshots(name)
        if not found:
            raise DataError(
                "there is no such dataset", given=name, allowed=self.names() or "none has a snapshot yet",
                change="`mlops data pipeline CONFIG` makes the first snapshot",
            )  # fmt: skip
        before = [snapshot for snapshot in found if as_of is None or snapshot.time <= as_of]
        if not before:
            raise DataError(
                f"dataset {name} has no snapshot of that time", given=as_of,
                allowed=f"{key_of(found[0].time)} or later, its first snapshot",
            )  # fmt: skip
        return before[-1]

    def manifest(self, snapshot: Snapshot) -> Manifest:
        """Raises DataError."""
        try:
            return self._manifest(snapshot)
        except DataError:
            if (moved := self._moved(snapshot)) is None:
                raise
            return self._manifest(moved)

    def manifests(self, snapshots: Sequence[Snapshot]) -> list[Manifest]:
        """In the same order, several at a time. Raises DataError."""
        with ThreadPoolExecutor(READERS) as pool:
            return list(pool.map(self.manifest, snapshots))

    def read(self, snapshot: Snapshot, file: str) -> bytes:
        """Content of a file, checked against the manifest. Raises DataError."""
        try:
            return self._read(snapshot, file)
        except DataError:
            if (moved := self._moved(snapshot)) is None:
                raise
            return self._read(moved, file)

    def _moved(self, snapshot: Snapshot) -> Snapshot | None:
        """Where it is now, when it was archived since it was listed."""
        moved = replace(snapshot, kept="archive")
        there = snapshot != moved and moved.key(MANIFEST) in self.shelf.list_keys(f"{moved.folder}/")
        return moved if there else None

    def _manifest(self, snapshot: Snapshot) -> Manifest:
        key = snapshot.key(MANIFEST)
        return Manifest.from_bytes(self.shelf.read(key), f"{self.shelf.root}/{key}")

    def _read(self, snapshot: Snapshot, file: str) -> bytes:
        promised = self._manifest(snapshot).file(file)
        if snapshot.kept == "archive":
            key = snapshot.key(file + SUFFIX)
            content = expand(self.shelf.read(key), promised.size, key)
        else:
            key = snapshot.key(file)
            content = self.shelf.read(key)
        return promised.check(content, f"{self.shelf.root}/{key}")

    def unfinished(self) -> list[str]:
        """Folders of snapshots that have files and no manifest: an interrupted run, or one at work."""
        keys = self.shelf.list_keys("datasets/")
        folders = {key.rpartition("/")[0] for key in keys}
        finished = {key.rpartition("/")[0] for key in keys if key.endswith(f"/{MANIFEST}")}
        return sorted(folders - finished)

    def _listed(self, prefix: str) -> list[Snapshot]:
        archived = _finished(self.shelf.list_keys(f"archive/{prefix}"), "archive")
        live = _finished(self.shelf.list_keys(f"datasets/{prefix}"), "datasets")
        return sorted({**archived, **live}.values(), key=lambda snapshot: (snapshot.name, snapshot.time))


def _finished(keys: Sequence[str], kept: Kept) -> dict[tuple[str, datetime], Snapshot]:
    found: dict[tuple[str, datetime], Snapshot] = {}
    for key in keys:
        parts = key.split("/")
        if len(parts) == 4 and parts[3] == MANIFEST and (time := time_of_key(parts[2])) is not None:
            found[parts[1], time] = Snapshot(parts[1], time, kept)
    return found
