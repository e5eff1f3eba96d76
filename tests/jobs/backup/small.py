"""A small set in memory, without database and store: for claims about what is refused."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from jobs.backup.manifest import Bucket, Database, Manifest, Setting, Stored, Table
from jobs.backup.packer import Known, Packer
from jobs.backup.seal import Opener, Sealer, new_key
from jobs.backup.sets import Entry, Sets
from jobs.datasets.shelf import Shelf
from jobs.errors import DataError

TIME = datetime(2026, 11, 21, 2, 0, 5, tzinfo=UTC)
KEYS = 12


@dataclass
class Memory:
    """A shelf."""

    objects: dict[str, bytes] = field(default_factory=dict)
    root: str = "memory"

    def list_keys(self, prefix: str = "") -> list[str]:
        return sorted(key for key in self.objects if key.startswith(prefix))

    def sizes(self, prefix: str = "") -> dict[str, int]:
        return {key: len(self.objects[key]) for key in self.list_keys(prefix)}

    def written(self, key: str) -> datetime:
        assert key in self.objects
        return TIME

    def former(self, key: str) -> Iterator[bytes]:
        assert key in self.objects
        return iter(())

    def read(self, key: str) -> bytes:
        if key not in self.objects:
            raise DataError("the object does not exist", given=key)
        return self.objects[key]

    def create(self, key: str, content: bytes) -> bool:
        new = key not in self.objects
        self.objects.setdefault(key, bytes(content))
        return new

    def remove(self, key: str) -> None:
        self.objects.pop(key, None)


@dataclass(frozen=True)
class Small:
    """A set with what opens it."""

    shelf: Shelf
    entry: Entry
    manifest: Manifest
    secret: str

    @property
    def memory(self) -> Memory:
        assert isinstance(self.shelf, Memory)
        return self.shelf

    @property
    def opener(self) -> Opener:
        return Opener([self.secret])


def small(seed: int = 1, shelf: Shelf | None = None, time: datetime = TIME) -> Small:
    """Three packs: each of the parts is sealed on its own, so that a corruption can hit each."""
    secret, public = new_key()
    draw = random.Random(seed)
    place = shelf if shelf is not None else Memory()
    with Packer(place, Sealer([public]), Known()) as packer:
        rows = b"".join(b"%d\t%d\n" % (row, draw.getrandbits(64)) for row in range(200))
        table = Table(name='"public"."t"', columns=("a", "b"), rows=200, content=packer.add([rows]))
        base = Database(
            name="mlflow", owner="mlflow", time=time, wal="0/1", server="17.6", revision=None,
            before=packer.add([b"CREATE TABLE t (a int, b numeric);"]), tables=(table,), sequences=(),
            after=packer.add([]),
        )  # fmt: skip
        packer.finish()
        objects = tuple(
            Stored(key=f"key/{number}", version="v", etag="e", content=packer.add([draw.randbytes(700)]))
            for number in range(KEYS)
        )
        packer.finish()
        setting = Setting(name="platform.json", content=packer.add([b"{}"]))
        packs, _ = packer.finish()
    manifest = Manifest(
        format=1, time=time, skew=0.0, parent=None, programs={}, databases=(base,),
        buckets=(Bucket(purpose="artifacts", name="mlflow-artifacts", objects=objects),), models=(),
        configuration=(setting,), packs=packs,
    )  # fmt: skip
    return Small(place, Sets(place).write(manifest), manifest, secret)
