"""Contents out of packs: a few packs are held open, and those that come next are fetched ahead."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from jobs.backup.errors import SOUND_SET, BackupError
from jobs.backup.manifest import Content, Packed
from jobs.backup.seal import Opener
from jobs.backup.verify import open_pack
from jobs.datasets.shelf import Shelf

READERS = 2
AHEAD = 2
# Of at most 16 MiB each.
HELD = 6


class Reader:
    """Reads from several threads at once. Raises BackupError when a set is no longer what was verified."""

    def __init__(self, shelf: Shelf, packed: Packed, opener: Opener) -> None:
        self._shelf, self._packed, self._opener = shelf, packed, opener
        self._pool = ThreadPoolExecutor(READERS, thread_name_prefix="pack")
        self._lock = threading.Lock()
        self._held: OrderedDict[int, Future[memoryview]] = OrderedDict()

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def stream(self, content: Content) -> Iterator[memoryview]:
        """Chunk by chunk; the whole is compared, too, before the last one's successor is asked for."""
        whole = hashlib.sha256()
        for place, chunk in enumerate(content.chunks):
            raw = self._pack(chunk.pack)
            for later in content.chunks[place + 1 : place + 1 + AHEAD]:
                self._pack(later.pack)
            piece = raw.result()[chunk.offset : chunk.offset + chunk.bytes]
            if hashlib.sha256(piece).hexdigest() != chunk.sha256:
                raise BackupError("a pack does not hold what the manifest says", given=chunk.sha256, change=SOUND_SET)
            whole.update(piece)
            yield piece
        if whole.hexdigest() != content.sha256:
            raise BackupError("the chunks of a content are not the content", given=content.sha256, change=SOUND_SET)

    def read(self, content: Content) -> bytes:
        return b"".join(self.stream(content))

    def _pack(self, number: int) -> Future[memoryview]:
        with self._lock:
            if number not in self._held:
                pack = self._packed.packs[number]
                self._held[number] = self._pool.submit(open_pack, self._shelf, pack, self._opener, ())
                while len(self._held) > HELD:
                    self._held.popitem(last=False)
            self._held.move_to_end(number)
            return self._held[number]
