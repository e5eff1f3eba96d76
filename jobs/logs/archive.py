"""The logs of all pods, kept where they outlive their pods: one file for each container, and a manifest."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from jobs.cluster.errors import ApiError
from jobs.cluster.look import Look
from jobs.datasets.moment import key_of
from jobs.datasets.shelf import Shelf
from jobs.errors import DataError
from jobs.logs.line import parsed
from jobs.logs.read import PATIENCE, Source

FORMAT = 1
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Kept:
    """A file of the archive: `bytes` and `sha256` of it as it lies there, `lines` and their times of what is in it."""

    file: str
    service: str
    namespace: str
    pod: str
    container: str
    previous: bool
    lines: int
    first: str
    last: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Without:
    """A container whose log is not in the archive; `bad`: there is one, and it could not be read."""

    namespace: str
    pod: str
    container: str
    previous: bool
    why: str
    bad: bool


@dataclass(frozen=True)
class Archive:
    """`since` to `time`: whose lines were asked for, by the clock of whoever asked."""

    place: str
    since: datetime
    time: datetime
    kept: tuple[Kept, ...]
    without: tuple[Without, ...]

    @property
    def bad(self) -> list[Without]:
        return [one for one in self.without if one.bad]

    def manifest(self) -> dict[str, object]:
        """What lies beside the files."""
        return {
            "format": FORMAT, "since": self.since.isoformat(), "time": self.time.isoformat(),
            "files": [asdict(one) for one in self.kept], "without": [asdict(one) for one in self.without],
        }  # fmt: skip


def archive(
    look: Look, chosen: Iterable[Source], shelf: Shelf, age: timedelta, now: datetime, say: Callable[[str], None]
) -> Archive:
    """Below the key of `now`; the manifest is written last, so that what has none is not whole. Raises DataError."""
    folder = key_of(now)
    place = f"{shelf.root}/{folder}"
    if shelf.list_keys(f"{folder}/"):
        raise DataError("there is an archive of this second already", given=place, change="run the same command again")
    kept: list[Kept] = []
    without: list[Without] = []
    for one in chosen:
        # What was said before the last restart is another log.
        for previous in (False, True) if one.restarts else (False,):
            where = (one.namespace, one.pod, one.container, previous)
            if one.waits is not None:
                without.append(Without(*where, f"has not started: {one.waits}", bad=False))
                continue
            try:
                packed = _pack(look, one, int(age.total_seconds()), previous=previous)
            except ApiError as error:
                without.append(Without(*where, str(error.given), bad=True))
                say(f"{one.pod}: no log: {error.given}")
                continue
            if packed.lines == 0:
                without.append(Without(*where, "no line since", bad=False))
                continue
            name = f"{one.namespace}/{one.pod}/{one.container}{'.previous' if previous else ''}.log.gz"
            _create(shelf, f"{folder}/{name}", packed.content)
            digest = hashlib.sha256(packed.content).hexdigest()
            kept.append(
                Kept(name, one.service, *where, packed.lines, packed.first, packed.last, len(packed.content), digest)
            )
            say(f"{name}: {packed.lines} lines")
    done = Archive(place, now - age, now, tuple(kept), tuple(without))
    _create(shelf, f"{folder}/{MANIFEST}", json.dumps(done.manifest(), indent=1).encode())
    return done


@dataclass(frozen=True)
class _Packed:
    content: bytes
    lines: int
    first: str
    last: str


def _pack(look: Look, source: Source, seconds: int, *, previous: bool) -> _Packed:
    """Line by line, so that only what is packed is held."""
    asked: dict[str, object] = {"sinceSeconds": seconds} | ({"previous": "true"} if previous else {})
    packed = io.BytesIO()
    count, first, last = 0, "", ""
    # Without its time, which gzip would write into the file: the same lines are the same bytes.
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as file:
        for text in look.lines(source.path(**asked), PATIENCE):
            file.write(text.encode() + b"\n")
            if text:
                last = parsed(source.pod, text).time
                first = first or last
                count += 1
    return _Packed(packed.getvalue(), count, first, last)


def _create(shelf: Shelf, key: str, content: bytes) -> None:
    if not shelf.create(key, content):
        raise DataError(
            "somebody else writes the same archive; nothing of theirs was changed", given=f"{shelf.root}/{key}",
            change="run the same command again",
        )  # fmt: skip
