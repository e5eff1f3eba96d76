"""A set at another place, so that what takes the store does not take its backups."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from jobs.backup.errors import BackupError
from jobs.backup.manifest import PACKS, Pack
from jobs.backup.sets import Entry, Sets
from jobs.backup.verify import read_pack

COPIERS = 3


@dataclass(frozen=True)
class Copied:
    """`packs` that the place did not have, and their bytes."""

    packs: int
    bytes: int


def copy(source: Sets, entry: Entry, target: Sets, say: Callable[[str], None]) -> Copied:
    """Packs first, each compared when it is read here and when it is read there; the manifest last makes it a set.

    Interrupted it is no set there, and the next call writes only what is missing. Raises BackupError.
    """
    manifest = source.read(entry)
    there = target.shelf.sizes(PACKS)
    missing = [pack for pack in manifest.packs if there.get(pack.key) != pack.bytes]

    def one(pack: Pack) -> None:
        if there.get(pack.key) != pack.bytes:
            target.shelf.create(pack.key, read_pack(source.shelf, pack))
        read_pack(target.shelf, pack)

    with ThreadPoolExecutor(COPIERS, thread_name_prefix="copy") as pool:
        for done in pool.map(one, manifest.packs):
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
