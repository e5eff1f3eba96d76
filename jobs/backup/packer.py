"""Cuts contents into chunks, and chunks into packs that are sealed, written and read back by a few threads."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from jobs.backup.manifest import Chunk, Content, Manifest, Pack
from jobs.backup.seal import Sealer
from jobs.backup.stored import store
from jobs.datasets.shelf import Shelf

# Raw bytes of a pack, and so of the largest chunk.
SIZE = 16 * 1024 * 1024
WRITERS = 2
# Sealed and read back a pack takes three times its size: with WRITERS at work and as many waiting, below 200 MB.
PENDING = 2 * WRITERS


@dataclass
class Known:
    """Chunks that the bucket has already, by digest; with the pack of each."""

    chunks: dict[str, tuple[Chunk, Pack]] = field(default_factory=dict)

    @classmethod
    def of(cls, parent: Manifest | None, sizes: dict[str, int], recipients: tuple[str, ...]) -> Known:
        """Of a set: what lies in packs that are listed with their size, and that all these recipients can open."""
        if parent is None:
            return cls()
        usable = {
            number for number, pack in enumerate(parent.packs)
            if sizes.get(pack.key) == pack.bytes and set(recipients) <= set(pack.recipients)
        }  # fmt: skip
        found = (chunk for content in parent.contents() for chunk in content.chunks if chunk.pack in usable)
        return cls({chunk.sha256: (chunk, parent.packs[chunk.pack]) for chunk in found})

    def has(self, content: Content) -> bool:
        return all(chunk.sha256 in self.chunks for chunk in content.chunks)


class Packer:
    """Takes contents from several threads; `finish` gives the packs, those that it wrote and those that were there."""

    def __init__(self, shelf: Shelf, sealer: Sealer, known: Known) -> None:
        self._shelf, self._sealer, self._known = shelf, sealer, known
        self._pool = ThreadPoolExecutor(WRITERS, thread_name_prefix="packer")
        self._room = threading.Semaphore(PENDING)
        self._lock = threading.Lock()
        self._packs: list[Pack | None] = []
        self._places: dict[str, int] = {}
        self._written: list[Future[None]] = []
        self._here: dict[str, Chunk] = {}
        self._open = bytearray()
        self._number = -1

    def __enter__(self) -> Packer:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def add(self, pieces: Iterable[bytes]) -> Content:
        """The content of these bytes. Raises BackupError, UnreachableError: those of its own pieces, or a pack's."""
        whole, chunks = hashlib.sha256(), list[Chunk]()
        first = b""
        for piece in cut(pieces):
            chunks.append(self._chunk(piece))
            if len(chunks) == 1:
                # Most contents are one chunk, whose digest is theirs.
                first = piece
                continue
            whole.update(first)
            whole.update(piece)
            first = b""
        sha256 = chunks[0].sha256 if len(chunks) == 1 else whole.hexdigest()
        return Content(sha256=sha256, bytes=sum(chunk.bytes for chunk in chunks), chunks=tuple(chunks))

    def keep(self, content: Content) -> Content:
        """A content that is known, without reading it."""
        return replace(content, chunks=tuple(self._again(chunk.sha256) for chunk in content.chunks))

    def finish(self) -> tuple[tuple[Pack, ...], list[Pack]]:
        """All packs, and of them those that were written now. Raises what a writer raised."""
        with self._lock:
            self._close()
        for one in self._written:
            one.result()
        packs = [pack for pack in self._packs if pack is not None]
        assert len(packs) == len(self._packs)
        kept = set(self._places.values())
        return tuple(packs), [pack for number, pack in enumerate(packs) if number not in kept]

    def _chunk(self, piece: bytes) -> Chunk:
        sha256 = hashlib.sha256(piece).hexdigest()
        with self._lock:
            if sha256 in self._here:
                return self._here[sha256]
            if sha256 not in self._known.chunks:
                if self._number < 0 or len(self._open) + len(piece) > SIZE:
                    self._close()
                    self._number, self._open = len(self._packs), bytearray()
                    self._packs.append(None)
                chunk = Chunk(sha256=sha256, bytes=len(piece), pack=self._number, offset=len(self._open))
                self._open += piece
                self._here[sha256] = chunk
                return chunk
        return self._again(sha256)

    def _again(self, sha256: str) -> Chunk:
        with self._lock:
            if sha256 not in self._here:
                chunk, pack = self._known.chunks[sha256]
                if pack.sha256 not in self._places:
                    self._places[pack.sha256] = len(self._packs)
                    self._packs.append(pack)
                self._here[sha256] = replace(chunk, pack=self._places[pack.sha256])
            return self._here[sha256]

    def _close(self) -> None:
        """Hands the open pack to a writer; waits while there are too many."""
        if self._number < 0:
            return
        for one in self._written:
            if one.done():
                one.result()
        self._room.acquire()
        self._written.append(self._pool.submit(self._write, self._number, self._open))
        self._number = -1

    def _write(self, number: int, raw: bytearray) -> None:
        try:
            sealed = self._sealer.seal(raw)
            pack = Pack(
                sha256=hashlib.sha256(sealed).hexdigest(), bytes=len(sealed), raw=len(raw),
                recipients=self._sealer.recipients,
            )  # fmt: skip
            store(self._shelf, pack.key, sealed, pack.sha256)
            self._packs[number] = pack
        finally:
            self._room.release()


def cut(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in chunks of SIZE, the last one smaller; nothing for no bytes."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) >= SIZE:
            yield bytes(waiting[:SIZE])
            del waiting[:SIZE]
    if waiting:
        yield bytes(waiting)
