"""Seconds, bytes and requests of a set beside the plain ways, written into docs/recovery.md.

    python -m benchmarks.backup [--metrics 2000000] [--megabytes 320] [--rounds 3] [--print]

A PostgreSQL and a versitygw (TLS) of their own here. The database is MLflow's larger tables; `pg_dump` writes
to the disk, a set goes compressed and sealed into the store and is read back. The plain copy reads each object and
writes it to another bucket with as many threads. Half of the bytes are random, half are text as of a tree's dump.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import resource
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import jobs.store
from jobs.backup import buckets, databases
from jobs.backup.manifest import Manifest
from jobs.backup.packer import Known, Packer
from jobs.backup.seal import Opener, Sealer, new_key
from jobs.backup.sets import Sets
from jobs.backup.take import Taken, take
from jobs.backup.verify import verify
from jobs.restore import buckets as filling
from jobs.restore import databases as places
from jobs.restore.admin import opened
from jobs.restore.reader import Reader
from tests.support import postgres as postgresql
from tests.support import store as storage

DOCUMENT = Path(__file__).parents[1] / "docs" / "recovery.md"
MARK = "<!-- written by python -m benchmarks.backup -->"
BASE = "mlflow"
MIB = 1024 * 1024
LARGE, SMALL = 8 * MIB, 6000
SECRET, PUBLIC = new_key()


@dataclass(frozen=True)
class Timed:
    """Seconds of each round, and the bytes that came of it."""

    seconds: list[float]
    bytes: int

    @property
    def middle(self) -> float:
        return median(self.seconds)


def fill_database(server: postgresql.Server, rows: int) -> None:
    server.ask(f"CREATE DATABASE {BASE}")
    for statement in (
        "CREATE TABLE metrics (key varchar(250), value float8, timestamp bigint, run_uuid varchar(32), step bigint,"
        " is_nan bool, PRIMARY KEY (key, timestamp, step, run_uuid, value, is_nan))",
        "CREATE TABLE params (key varchar(250), value varchar(8000), run_uuid varchar(32),"
        " PRIMARY KEY (key, run_uuid))",
        "INSERT INTO metrics SELECT 'metric_' || i % 7, random(), 1700000000000 + i * 137, md5((i / 1000)::text),"
        f" i % 1000, false FROM generate_series(1, {rows}) i",
        "INSERT INTO params SELECT 'param_' || i % 20, md5(i::text), md5((i / 20)::text)"
        f" FROM generate_series(1, {rows // 10}) i",
        "ANALYZE",
    ):
        server.ask(statement, database=BASE)


def fill_bucket(s3: Any, megabytes: int) -> tuple[int, int]:
    """Objects and bytes: half in large ones, a tenth in small ones, text and random in turn."""
    draw = random.Random(1)
    words = [
        f"{{nodeid: {n}, split: f{n % 19}, cond: {draw.random():.6f}, yes: {2 * n}}}".encode() for n in range(4000)
    ]
    bodies: list[bytes] = []
    while sum(map(len, bodies)) < megabytes * MIB * 9 // 10:
        text = b"\n".join(draw.choices(words, k=LARGE // 40))[:LARGE]
        bodies += [text.ljust(LARGE, b"\n"), draw.randbytes(LARGE)]
    small = megabytes * MIB // 10 // SMALL
    bodies += [draw.randbytes(SMALL) if n % 2 else b"\n".join(draw.choices(words, k=SMALL // 50)) for n in range(small)]
    with ThreadPoolExecutor(4) as pool:
        list(
            pool.map(
                lambda one: s3.put_object(Bucket="mlflow-artifacts", Key=f"1/{one[0]:06}", Body=one[1]),
                enumerate(bodies),
            )
        )
    return len(bodies), sum(map(len, bodies))


def timed(rounds: int, *calls: Callable[[], int]) -> list[Timed]:
    """All ways in turn, so that what else the machine does falls on each."""
    seconds: list[list[float]] = [[] for _ in calls]
    sizes = [0 for _ in calls]
    for _ in range(rounds):
        for number, call in enumerate(calls):
            begun = time.perf_counter()
            sizes[number] = call()
            seconds[number].append(time.perf_counter() - begun)
    return [Timed(*one) for one in zip(seconds, sizes, strict=True)]


def shell(command: str, made: Path) -> int:
    subprocess.run(["bash", "-o", "pipefail", "-c", command], check=True)
    files = [made] if made.is_file() else list(made.rglob("*"))
    size = sum(path.stat().st_size for path in files)
    subprocess.run(["rm", "-rf", str(made)], check=True)
    return size


class Bench:
    """The platform to back up. Each set is the first one: under a prefix of its own."""

    def __init__(self, folder: Path, server: postgresql.Server, rounds: int) -> None:
        self._folder, self._server, self._rounds, self._number = folder, server, rounds, 0
        self.sets = Sets.at("s3://backups/0")

    def database(self) -> list[Timed]:
        target = self._folder / "dump"
        ways = (
            lambda: shell(f"pg_dump -Fc -f {target} {BASE}", target),
            lambda: shell(f"pg_dump -Fc -Z0 {BASE} | zstd -q -1 -f -o {target}", target),
            lambda: shell(f"pg_dump -Fd -j2 -f {target} {BASE}", target),
            self._base,
        )
        return timed(self._rounds, *ways)

    def artifacts(self) -> list[Timed]:
        return timed(self._rounds, self._plain, self._set)

    def whole(self) -> tuple[Taken, Taken, Counter[str], float]:
        """A first set, the one after it, what that asked of the bucket of artifacts, and how long it took."""
        sets = self._new()
        first = take(sets, Sealer([PUBLIC]), [BASE], None, lambda _: None)
        asked: Counter[str] = Counter()
        for client in (jobs.store.client(), jobs.store.client(attempts=1)):
            client.meta.events.register("before-parameter-build.s3", _count(asked))
        second = take(sets, Sealer([PUBLIC]), [BASE], None, lambda _: None)
        self.sets = sets
        return first, second, asked, second.seconds

    def back(self, manifest: Manifest) -> dict[str, float]:
        """Seconds of each step of a restore, and of `pg_restore`."""
        seconds: dict[str, float] = {}

        def step(name: str, call: Callable[[], object]) -> None:
            begun = time.perf_counter()
            call()
            seconds[name] = time.perf_counter() - begun

        dump = self._folder / "dump"
        subprocess.run(["pg_dump", "-Fc", "-f", str(dump), BASE], check=True)
        self._server.ask("CREATE DATABASE plain")
        step("pg_restore", lambda: subprocess.run(["pg_restore", "-j2", "-d", "plain", str(dump)], check=True))
        opener = Opener([SECRET])
        step("verify", lambda: verify(self.sets.shelf, manifest, opener))
        with opened() as admin, Reader(self.sets.shelf, manifest, opener) as reader:
            place = places.Place("back", "postgres", exists=False, rows=False)
            step("database", lambda: places.load(admin, place, manifest.databases[0], reader, {}, lambda _: None))
            found = filling.look(manifest.buckets[0], "back-artifacts")
            step("artifacts", lambda: filling.fill(found, reader, lambda _: None))
        return seconds

    def _new(self) -> Sets:
        self._number += 1
        return Sets.at(f"s3://backups/{self._number}")

    @contextmanager
    def _packer(self) -> Iterator[Packer]:
        with Packer(self._new().shelf, Sealer([PUBLIC]), Known()) as packer:
            yield packer

    def _base(self) -> int:
        with self._packer() as packer:
            with databases.snapshots([BASE]) as snapshots:
                databases.capture(snapshots[0], packer)
            return sum(pack.bytes for pack in packer.finish()[0])

    def _set(self) -> int:
        with self._packer() as packer:
            buckets.capture("artifacts", datetime.now(UTC), None, Known(), packer)
            return sum(pack.bytes for pack in packer.finish()[0])

    def _plain(self) -> int:
        s3 = jobs.store.client()
        self._number += 1

        def copy(one: buckets.Seen) -> int:
            body = s3.get_object(Bucket="mlflow-artifacts", Key=one.key)["Body"].read()
            s3.put_object(Bucket="backups", Key=f"plain/{self._number}/{one.key}", Body=body)
            return len(body)

        with ThreadPoolExecutor(buckets.READERS) as pool:
            return sum(pool.map(copy, buckets.seen("mlflow-artifacts", datetime.now(UTC))))


def _count(asked: Counter[str]) -> Callable[..., None]:
    def count(params: Any, model: Any, **_: Any) -> None:
        if params["Bucket"] == "mlflow-artifacts":
            asked[model.name] += 1

    return count


def table(bench: Bench, rows: int, objects: int, size: int) -> str:
    """The figures as Markdown."""
    dump, piped, parallel, base = bench.database()
    plain, sealed = bench.artifacts()
    first, second, asked, again = bench.whole()
    back = bench.back(second.manifest)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    asks = ", ".join(f"{times} {name}" for name, times in sorted(asked.items()))

    def line(name: str, one: Timed, of: Timed) -> str:
        time, size = one.middle / of.middle, one.bytes / of.bytes
        return f"| {name} | {one.middle:.1f} s | {time:.2f} | {one.bytes / MIB:.1f} MiB | {size:.2f} |"

    return "\n".join(
        [
            f"| {rows:,} metrics, {rows // 10:,} params | seconds | of `pg_dump -Fc` | bytes | of `pg_dump -Fc` |",
            "| --- | --- | --- | --- | --- |",
            line("`pg_dump -Fc`, to the disk", dump, dump),
            line("`pg_dump -Fc -Z0 \\| zstd -1`, to the disk", piped, dump),
            line("`pg_dump -Fd -j2`, to the disk", parallel, dump),
            line("a set: digests, sealed, in the store, read back", base, dump),
            "",
            f"| {objects:,} objects, {size / MIB:.0f} MiB | seconds | of a plain copy | bytes | of a plain copy |",
            "| --- | --- | --- | --- | --- |",
            line("plain copy, bucket to bucket", plain, plain),
            line("a set: digests, sealed, packed, read back", sealed, plain),
            "",
            f"A whole first set: {first.seconds:.1f} s. The one after it, with nothing new: {again:.1f} s, "
            f"{second.written} bytes, and of the bucket of artifacts {asks}. Peak memory of this program: "
            f"{peak:.0f} MiB.",
            "",
            f"Back again: all verified with the key {back['verify']:.1f} s; the database made, compared and analyzed "
            f"{back['database']:.1f} s (`pg_restore -j2`, which compares nothing: {back['pg_restore']:.1f} s); "
            f"objects {back['artifacts']:.1f} s.",
            "",
            f"Median of {len(dump.seconds)} rounds; {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, "
            f"{platform.machine()}, Python {platform.python_version()}, client and servers on this machine.",
        ]
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--metrics", type=int, default=2_000_000)
    asked.add_argument("--megabytes", type=int, default=320)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--print", action="store_true", help="do not write the document")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        # PostgreSQL runs as nobody.
        folder.chmod(0o755)
        programs = postgresql.programs(folder / "programs")
        assert programs, "the image of PostgreSQL is not in the cache: `make cluster`"
        settings = {"shared_buffers": "256MB", "max_wal_size": "4GB", "checkpoint_timeout": "30min"}
        server = stack.enter_context(postgresql.server(programs, folder / "postgres", settings=settings))
        store = storage.Server(folder / "store", scheme="https")
        store.folder.mkdir()
        stack.enter_context(storage.running(store, *storage.tls(store.folder)))
        os.environ |= {
            **store.environment, "AWS_CA_BUNDLE": str(store.folder / "ca.crt"), "MLOPS_CACHE": str(folder / "none"),
            "PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PGUSER": "postgres",
            "PATH": f"{programs}:{os.environ['PATH']}",
        }  # fmt: skip
        s3 = jobs.store.client()
        for bucket in ("mlflow-artifacts", "features", "audit", "backups"):
            s3.create_bucket(Bucket=bucket)
            s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        fill_database(server, options.metrics)
        objects, size = fill_bucket(s3, options.megabytes)
        text = table(Bench(folder, server, options.rounds), options.metrics, objects, size)
    print(text)
    if not options.print:
        before, _, after = DOCUMENT.read_text().split(MARK)
        DOCUMENT.write_text(f"{before}{MARK}\n\n{text}\n\n{MARK}{after}")


if __name__ == "__main__":
    main()
