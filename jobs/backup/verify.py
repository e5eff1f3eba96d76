"""Whether what lies in the bucket is what a manifest says: every byte is read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from jobs.backup.errors import SOUND_SET, BackupError
from jobs.backup.manifest import Chunk, Content, Pack, Packed
from jobs.backup.seal import Opener
from jobs.datasets.shelf import Shelf
from jobs.errors import DataError

READERS = 3


@dataclass(frozen=True)
class Verified:
    """What was read; `opened`: with the key, down to each chunk. Without it, packs are compared as they lie."""

    packs: int
    bytes: int
    opened: bool


def verify(shelf: Shelf, packed: Packed, opener: Opener | None, contents: Iterable[Content] | None = None) -> Verified:
    """All of the set, or these contents. Raises BackupError naming the first pack that is not sound."""
    chunks = chunks_by_pack(packed.contents() if contents is None else contents)
    packs = [packed.packs[number] for number in sorted(chunks)]

    def one(number: int) -> None:
        pack = packed.packs[number]
        if opener is None:
            read_pack(shelf, pack)
        else:
            open_pack(shelf, pack, opener, chunks[number])

    with ThreadPoolExecutor(READERS, thread_name_prefix="verify") as pool:
        for done in pool.map(one, sorted(chunks)):
            assert done is None
    return Verified(len(packs), sum(pack.bytes for pack in packs), opener is not None)


def chunks_by_pack(contents: Iterable[Content]) -> dict[int, set[Chunk]]:
    found: dict[int, set[Chunk]] = {}
    for content in contents:
        for chunk in content.chunks:
            found.setdefault(chunk.pack, set()).add(chunk)
    return found


def read_pack(shelf: Shelf, pack: Pack) -> bytes:
    """As it lies. Raises BackupError unless it is what was written."""
    try:
        sealed = shelf.read(pack.key)
    except DataError as error:
        raise BackupError("a pack of the set is missing", given=pack.key, change=SOUND_SET) from error
    actual = hashlib.sha256(sealed).hexdigest()
    if actual != pack.sha256:
        raise BackupError("a pack is not what was written", given=f"{pack.key}: sha256 {actual}", change=SOUND_SET)
    return sealed


def open_pack(shelf: Shelf, pack: Pack, opener: Opener, chunks: Iterable[Chunk]) -> memoryview:
    """Its raw bytes, with these chunks in their places. Raises BackupError."""
    raw = opener.open(read_pack(shelf, pack), pack.raw, pack.key)
    for chunk in chunks:
        if hashlib.sha256(raw[chunk.offset : chunk.offset + chunk.bytes]).hexdigest() != chunk.sha256:
            raise BackupError(
                "a pack does not hold what the manifest says", given=f"{pack.key} at {chunk.offset}", change=SOUND_SET
            )
    return raw
