"""One consistent set: databases by their snapshots, then the buckets, then the manifest that makes it a set."""

from __future__ import annotations

import importlib.metadata
import platform
import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from jobs.backup import buckets, databases
from jobs.backup.errors import BackupError
from jobs.backup.manifest import FORMAT, PACKS, Bucket, Database, Manifest, Model, Pack, Setting
from jobs.backup.packer import Known, Packer
from jobs.backup.seal import Sealer
from jobs.backup.sets import Entry, Sets

Say = Callable[[str], None]
# Beyond this the clocks of database and program do not agree, and times of sets mislead.
SKEW = 300.0
# Databases at once: the server and this program have two cores here.
AT_ONCE = 2


@dataclass(frozen=True)
class Taken:
    """A set that is stored, and what it cost. `written` are new bytes in the bucket."""

    entry: Entry
    manifest: Manifest
    parent: Entry | None
    seconds: float
    written: int

    @property
    def stored(self) -> int:
        """Bytes of all packs that the set needs."""
        return sum(pack.bytes for pack in self.manifest.packs)

    @property
    def lost(self) -> tuple[str, ...]:
        """Versions whose files are not in the set, as `model/version`."""
        return tuple(
            f"{model.name}/{one.version}"
            for model in self.manifest.models
            for one in model.versions
            if one.source.startswith("s3://") and not one.files
        )

    def clock_problem(self) -> BackupError | None:
        """Why its time cannot be trusted; the set is stored and sound all the same."""
        manifest, parent = self.manifest, self.parent
        if parent and parent.time > self.entry.time:
            return BackupError(
                "the set is stored, but the set before it is of a later time: the database's clock went back",
                given=f"{self.entry.id} after {parent.id}", change="correct the clock; name sets by --set, not by --at",
            )  # fmt: skip
        if abs(manifest.skew) > SKEW:
            return BackupError(
                "the set is stored with the database's time, but the clock here is another",
                given=f"{manifest.skew:+.0f} s", allowed=f"{SKEW:.0f} s apart", change="correct the wrong one",
            )  # fmt: skip
        return None


def take(
    sets: Sets, sealer: Sealer, names: Sequence[str], configuration: Path | None, say: Say,
    *, as_of: datetime | None = None, objects: datetime | None = None, anew: bool = False,
) -> Taken:  # fmt: skip
    """`as_of`: the server is none of now, but was brought to this time, which the set is of then; `objects`: those of
    this time, not those of now. `anew`: everything is read and written, so that no pack of another set is needed.

    Raises MlopsError; without its manifest what was written is no set, and the next one does not need it.
    """
    begun = time.monotonic()
    parent, manifest, written = _captured(sets, sealer, names, configuration, say, as_of, objects, anew)
    # By now the manifest before it is gone from memory: writing takes another one of this.
    entry = sets.write(manifest)
    return Taken(entry, manifest, parent, time.monotonic() - begun, sum(pack.bytes for pack in written))


def _captured(
    sets: Sets, sealer: Sealer, names: Sequence[str], configuration: Path | None, say: Say,
    as_of: datetime | None, objects: datetime | None, anew: bool,
) -> tuple[Entry | None, Manifest, list[Pack]]:  # fmt: skip
    """The set before it, what will be a set when it is written, and packs that it does not share with that."""
    parent, before = sets.newest(say) or (None, None)
    older = None if anew else before
    known = Known.of(older, sets.shelf.sizes(PACKS), sealer.recipients)
    with Packer(sets.shelf, sealer, known) as packer:
        captured, models, skew = _databases(names, parent, packer, say)
        if as_of is not None:
            captured = tuple(one.model_copy(update={"time": as_of}) for one in captured)
        moment = min(one.time for one in captured)
        listed = _buckets(moment, objects, older, known, packer, say)
        settings = _settings(configuration, packer)
        packs, written = packer.finish()
    manifest = Manifest(
        format=FORMAT, time=moment, skew=round(skew, 3), parent=parent.id if parent else None, programs=_programs(),
        databases=captured, buckets=listed, models=counted(models, listed), configuration=settings, packs=packs,
    )  # fmt: skip
    return parent, manifest, written


def _databases(
    names: Sequence[str], parent: Entry | None, packer: Packer, say: Say
) -> tuple[tuple[Database, ...], tuple[Model, ...], float]:
    """Databases, what the first of them has registered, and how far this clock is ahead of theirs."""
    with databases.snapshots(names, after=parent.time if parent else None) as snapshots:
        skew = (datetime.now(UTC) - snapshots[-1].time).total_seconds()
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="database") as pool:
            captured = tuple(pool.map(lambda one: databases.capture(one, packer), snapshots))
        models = databases.models(snapshots[0].connection)
    for one in captured:
        say(f"{one.name}: {len(one.tables)} tables, {sum(table.rows for table in one.tables)} rows")
    return captured, models, skew


def _buckets(
    since: datetime, then: datetime | None, parent: Manifest | None, known: Known, packer: Packer, say: Say
) -> tuple[Bucket, ...]:
    before = {one.purpose: one for one in parent.buckets} if parent else {}
    listed = []
    for purpose in buckets.PURPOSES:
        bucket = buckets.capture(purpose, since, before.get(purpose), known, packer, then)
        say(f"{bucket.name}: {len(bucket.objects)} objects")
        listed.append(bucket)
    return tuple(listed)


def counted(models: Sequence[Model], listed: Sequence[Bucket]) -> tuple[Model, ...]:
    """The same models, with how many objects of the set are each version's."""
    addresses = sorted(f"s3://{bucket.name}/{one.key}" for bucket in listed for one in bucket.objects)

    def files(source: str) -> int:
        folder = source.rstrip("/")
        # "0" is the character after "/".
        return bisect_left(addresses, f"{folder}0") - bisect_left(addresses, f"{folder}/")

    return tuple(
        model.model_copy(
            update={"versions": tuple(one.model_copy(update={"files": files(one.source)}) for one in model.versions)}
        )
        for model in models
    )


def _settings(folder: Path | None, packer: Packer) -> tuple[Setting, ...]:
    """Files of a mounted ConfigMap; its own links and dotted folders are not files."""
    if folder is None:
        return ()
    paths = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    return tuple(Setting(name=path.name, content=packer.add([path.read_bytes()])) for path in paths)


def _programs() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in ("mlflow", "pyrage", "pyarrow"):
        found[name] = importlib.metadata.version(name)
    return found
