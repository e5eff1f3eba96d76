"""What was written first: who may write a bucket may write over what is there, and not remove the version under it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from jobs.datasets.shelf import Shelf

# Sets, packs, bases and pieces of the log have the digest of their bytes in their names.
_DIGEST = re.compile(r"[0-9a-f]{64}(?=(\.json)?$)")


@dataclass(frozen=True)
class Originals:
    """A shelf that gives what a name has the digest of, out of an older version if need be, and tells of that."""

    shelf: Shelf
    say: Callable[[str], None]

    @property
    def root(self) -> str:
        return self.shelf.root

    def list_keys(self, prefix: str = "") -> list[str]:
        return self.shelf.list_keys(prefix)

    def sizes(self, prefix: str = "") -> dict[str, int]:
        return self.shelf.sizes(prefix)

    def written(self, key: str) -> datetime:
        return self.shelf.written(key)

    def former(self, key: str) -> Iterator[bytes]:
        return self.shelf.former(key)

    def read(self, key: str) -> bytes:
        """Raises DataError when it does not exist. What no version has comes as it lies: its reader refuses it."""
        content = self.shelf.read(key)
        named = _DIGEST.search(key)
        if named is None or _is(named[0], content):
            return content
        for older in self.shelf.former(key):
            if _is(named[0], older):
                self.say(f"{key} was written over; the version that its name has the digest of is taken")
                return older
        return content

    def create(self, key: str, content: bytes) -> bool:
        return self.shelf.create(key, content)

    def remove(self, key: str) -> None:
        self.shelf.remove(key)


def _is(sha256: str, content: bytes) -> bool:
    return hashlib.sha256(content).hexdigest() == sha256
