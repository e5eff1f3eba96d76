"""A set at another place, so that what takes the store does not take its backups."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from jobs.backup.errors import BackupError
from jobs.backup.manifest import PACKS, SETS, Pack
from jobs.backup.sets import Entry, Sets
from jobs.backup.verify import read_pack
from jobs.datasets.shelf import FolderShelf
from jobs.errors import ConfigError

COPIERS = 3


@dataclass(frozen=True)
class Copied:
    """`packs` that the place did not have, and their bytes."""

    packs: int
    bytes: int


def copy(source: Sets, entry: Entry, target: Sets, say: Callable[[str], None]) -> Copied:
    """Packs first, each compared when it is read here and when it is read there; the manifest last makes it a set.

    What a set of the place names was compared when that one was copied and is not read again: what is spoilt since is
    for `mlops backup verify --place`. Interrupted it is no set there; the next call compares what was written, and
    writes what is missing. Raises BackupError, and ConfigError when the place is none.
    """
    _check(source, target)
    manifest = source.read(entry)
    there = target.shelf.sizes(PACKS)
    missing = [pack for pack in manifest.packs if there.get(pack.key) != pack.bytes]
    compared = _compared(target, entry, say) - {pack.key for pack in missing}

    def one(pack: Pack) -> None:
        if there.get(pack.key) != pack.bytes:
            target.shelf.create(pack.key, read_pack(source.shelf, pack))
        _read_back(target, pack)

    with ThreadPoolExecutor(COPIERS, thread_name_prefix="copy") as pool:
        for done in pool.map(one, [pack for pack in manifest.packs if pack.key not in compared]):
            assert done is None
    content = source.shelf.read(entry.key)
    target.shelf.create(entry.key, content)
    if target.shelf.read(entry.key) != content:
        raise BackupError(
            "the place has another manifest under this name", given=f"{target.shelf.root}/{entry.key}",
            change="nothing is written over there: copy to another place, `mlops backup copy PLACE`",
        )  # fmt: skip
    copied = Copied(len(missing), sum(pack.bytes for pack in missing))
    say(f"{entry.id}: {len(manifest.packs)} packs are at {target.shelf.root}, {copied.packs} of them new")
    return copied


def _check(source: Sets, target: Sets) -> None:
    """A folder must say that it is the place, or sets would go below the mount point of a disk that is not there."""
    root = target.shelf.root
    if root == source.shelf.root:
        raise ConfigError("sets cannot be copied to where they are", given=root, change="give another place")
    if isinstance(target.shelf, FolderShelf) and not os.access(f"{root}/{SETS}", os.W_OK):
        raise ConfigError(
            "this is no place of sets", given=root,
            allowed=f"s3://bucket/prefix, or a folder with a folder {SETS} in it where you may write",
            change=f"is its disk mounted? When it is, and this is the first copy: mkdir -p {root}/{SETS}",
        )  # fmt: skip


def _compared(target: Sets, entry: Entry, say: Callable[[str], None]) -> frozenset[str]:
    """Packs of this set where the place has it, else of the newest there before it."""
    before = [one for one in target.entries() if one.key <= entry.key]
    manifest = target.sound(before[-1], say) if before else None
    return frozenset(pack.key for pack in manifest.packs) if manifest else frozenset()


def _read_back(target: Sets, pack: Pack) -> None:
    try:
        read_pack(target.shelf, pack)
    except BackupError as error:
        raise BackupError(
            f"at the place {error.problem}", given=f"{target.shelf.root}/{error.given}",
            change="remove that one there, and run the same command again, which writes it anew",
        ) from error  # fmt: skip
