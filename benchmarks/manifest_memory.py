"""Memory of a set's manifest by its number of objects, written into docs/recovery.md.

    python -m benchmarks.manifest_memory [--objects 60000 200000] [--print]

Each figure is the peak (VmHWM) of a process of its own, less what it had with everything imported. Nothing is stored
but manifests: no database, no store. Objects are as MLflow's are named, 64 KiB, and each is one chunk.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import multiprocessing
import os
import platform
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock, patch

from benchmarks.memory import peak
from benchmarks.tables import markdown
from jobs.backup import buckets, rotate, take
from jobs.backup.manifest import PACKS, SETS, Content, Database, key_of
from jobs.backup.retention import Keep
from jobs.backup.seal import Sealer, new_key
from jobs.backup.sets import Sets
from jobs.backup.verify import chunks_by_pack
from jobs.datasets.shelf import FolderShelf
from jobs.drill import drill

DOCUMENT = Path(__file__).parents[1] / "docs" / "recovery.md"
MARK = "<!-- written by python -m benchmarks.manifest_memory -->"
SPAWN = multiprocessing.get_context("spawn")
TIME = datetime(2026, 1, 1, tzinfo=UTC)
BYTES, IN_A_PACK = 65_536, 256
MANY = 4
# MiB: sealed and read back, of WRITERS and PENDING (jobs/backup/packer.py); what is read at once is less.
PACKS_AT_WORK = 200
Work = Callable[[str, int], object]


def digest(number: int) -> str:
    return hashlib.sha256(b"%d" % number).hexdigest()


def seen(objects: int) -> list[buckets.Seen]:
    """A listing: 20 files a run."""
    return [
        buckets.Seen(f"1/{digest(n // 20)[:32]}/artifacts/model/{n % 20:03}", digest(-n)[:26], digest(n)[32:], BYTES)
        for n in range(objects)
    ]


def write(folder: Path, objects: int, sets: int) -> None:
    """Manifests of sets an hour apart, as `Manifest.to_bytes` writes them."""
    _, public = new_key()
    stored = []
    for place, one in enumerate(seen(objects)):
        chunk = {
            "sha256": digest(place),
            "bytes": BYTES,
            "pack": place // IN_A_PACK,
            "offset": place % IN_A_PACK * BYTES,
        }
        content = {"sha256": digest(place), "bytes": BYTES, "chunks": [chunk]}
        stored.append({"key": one.key, "version": one.version, "etag": one.etag, "content": content})
    manifest: dict[str, Any] = {
        "format": 1, "skew": 0.0, "parent": None, "programs": {}, "databases": [], "models": [], "configuration": [],
        "buckets": [{"purpose": "artifacts", "name": "mlflow-artifacts", "objects": stored}],
        "packs": [
            {"sha256": digest(-one), "bytes": 1, "raw": BYTES * IN_A_PACK, "recipients": [public]}
            for one in range(1, objects // IN_A_PACK + 2)
        ],
    }  # fmt: skip
    for name in (SETS, PACKS):
        (folder / name).mkdir()
    for one in manifest["packs"]:
        # Of its size, which is all that is asked of it.
        (folder / PACKS / one["sha256"]).write_bytes(b"x")
    for number in range(sets):
        time = TIME + timedelta(hours=number)
        text = json.dumps({**manifest, "time": time.isoformat()}, sort_keys=True, indent=0).encode() + b"\n"
        (folder / key_of(text, time)).write_bytes(text)


@dataclass(frozen=True)
class Figures:
    """`before` has everything imported, `more` came on top at the most, both in MiB; `seconds` are of CPU."""

    objects: int
    before: float
    more: float
    seconds: float

    @property
    def each(self) -> float:
        """KiB for an object."""
        return self.more * 1024 / self.objects

    def room(self, limit: int) -> int:
        """Objects for which there is room in a pod, in whole thousands."""
        return int((limit - self.before - PACKS_AT_WORK) * 1024 / self.each / 1000) * 1000


def measured(work: Work, folder: str, objects: int) -> Figures:
    """Of one piece of work, in this process."""
    for library in ("boto3", "psycopg", "pyrage"):
        # Its own memory is not the manifest's.
        importlib.import_module(library)
    before, begun = peak(), time.process_time()
    found = work(folder, objects)
    spent = time.process_time() - begun
    assert found is not None
    return Figures(objects, before, peak() - before, spent)


def figures(work: Work, objects: int, sets: int) -> Figures:
    """In a process of its own, of manifests that another one wrote."""
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(1, SPAWN, max_tasks_per_child=1) as pool:
        pool.submit(write, Path(folder), objects, sets).result()
        return pool.submit(measured, work, folder, objects).result()


def read(folder: str, _: int) -> object:
    sets = Sets(FolderShelf(folder))
    return sets.read(sets.entries()[-1])


def drilled(folder: str, _: int) -> object:
    """All of a drill that grows with the objects."""
    sets = Sets(FolderShelf(folder))
    manifest = sets.read(sets.entries()[-1])
    return manifest, chunks_by_pack(manifest.contents()), drill._Bundles(manifest, Mock(), Path())


def taken(folder: str, objects: int) -> object:
    """A whole set after another with the same objects."""
    empty = Content(sha256=hashlib.sha256().hexdigest(), bytes=0)
    base = Database(
        name="mlflow", owner="mlflow", time=TIME + timedelta(days=1), wal="0/1", server="17.6", revision=None,
        before=empty, tables=(), sequences=(), after=empty,
    )  # fmt: skip
    sealer = Mock(Sealer, recipients=())
    with (
        patch.object(take, "_databases", lambda *_: ((base,), (), 0.0)),
        patch.object(buckets, "seen", lambda name, _since, _then: seen(objects) if name == "mlflow-artifacts" else []),
    ):
        return take.take(Sets(FolderShelf(folder)), sealer, ["mlflow"], None, lambda _: None)


def planned(folder: str, _: int) -> object:
    place = Mock(listed=lambda: [], free=lambda _: [], locked=[])
    with patch.object(rotate, "_place", lambda *_: place):
        return rotate.plan(Sets(FolderShelf(folder)), Keep(), TIME + timedelta(days=1))


BACKUP, ROTATION = "backup: a set after another with the same objects", f"rotation of {MANY} sets"
CASES: dict[str, tuple[Work, int]] = {
    "a manifest read": (read, 1),
    "drill: read, chunks by pack, addresses": (drilled, 1),
    BACKUP: (taken, 1),
    "rotation of one set": (planned, 1),
    ROTATION: (planned, MANY),
}
# MiB that a pod may have (Pulumi.*.yaml).
LIMITS = {"local": {BACKUP: 1024, ROTATION: 512}, "dev, prod": {BACKUP: 2048, ROTATION: 1024}}


def report(found: dict[str, list[Figures]]) -> str:
    """The figures as Markdown."""
    rows = [
        [name, f"{one.objects:,}", f"{one.more:.0f} MiB", f"{one.each:.2f} KiB", f"{one.seconds:.1f} s"]
        for name, sizes in found.items()
        for one in sizes
    ]
    limits = [
        [stack, *(f"{found[name][-1].room(most):,} in {most:,} MiB" for name, most in of.items())]
        for stack, of in LIMITS.items()
    ]
    return (
        markdown(["manifests in memory", "objects", "at the most", "an object", "CPU"], rows)
        + "\nBy the last of these figures, with what the program has without any object "
        f"({found[BACKUP][-1].before:.0f} MiB) and {PACKS_AT_WORK} MiB for packs at work, a pod has room for so many "
        "objects:\n\n"
        + markdown(["stack", "backup", "rotation"], limits)
        + f"\nOne chunk an object; {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, "
        f"Python {platform.python_version()}. A drill loads the champion, too, which is not in its figure.\n"
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--objects", type=int, nargs="+", default=[60_000, 200_000])
    asked.add_argument("--print", action="store_true", help="do not write the document")
    options = asked.parse_args()
    found = {
        name: [figures(work, objects, sets) for objects in options.objects] for name, (work, sets) in CASES.items()
    }
    text = report(found)
    print(text)
    if not options.print:
        before, _, after = DOCUMENT.read_text().split(MARK)
        DOCUMENT.write_text(f"{before}{MARK}\n\n{text}\n{MARK}{after}")


if __name__ == "__main__":
    main()
