"""Removes sets that no rule keeps, bases and log of days that are over, and packs that nothing is left for.

Nothing that is locked or could be in use goes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from stat import S_ISREG
from typing import TypeVar

from botocore.exceptions import ClientError

from jobs.backup.manifest import PACKS
from jobs.backup.retention import Keep, kept
from jobs.backup.sets import Entry, Sets
from jobs.datasets.shelf import FolderShelf, Shelf
from jobs.errors import explain
from jobs.store import client, split
from jobs.wal import base as bases
from jobs.wal.base import Base
from jobs.wal.coverage import needed
from jobs.wal.piece import piece_of

Found = TypeVar("Found")
# A set that is being written names its packs only when it is finished; a backup ends within its deadline.
YOUNG = timedelta(days=1)
# Of a version without a lock, and of a bucket that cannot lock.
UNLOCKED = {"NoSuchObjectLockConfiguration", "ObjectLockConfigurationNotFoundError", "InvalidRequest"}


@dataclass(frozen=True)
class Lying:
    """A version of an object in the bucket, or a file."""

    key: str
    version: str
    bytes: int
    time: datetime


@dataclass(frozen=True)
class Plan:
    """`kept`: set → why. `sets` go, then `log`: bases and what no base needs, then `packs`.

    `locked` would, but for their lock. `unsound` are sets and bases that cannot be read: what they need is not known,
    so neither packs nor log go while one is there.
    """

    kept: dict[str, tuple[str, ...]]
    sets: tuple[Lying, ...]
    log: tuple[Lying, ...]
    packs: tuple[Lying, ...]
    locked: tuple[str, ...]
    unsound: tuple[str, ...]

    @property
    def all(self) -> tuple[Lying, ...]:
        """In the order in which they go."""
        return (*self.sets, *self.log, *self.packs)

    @property
    def bytes(self) -> int:
        return sum(one.bytes for one in self.all)


def plan(sets: Sets, keep: Keep, now: datetime | None = None) -> Plan:
    """Changes nothing. Raises UnreachableError."""
    now = now or datetime.now(UTC)
    place = _place(sets.shelf, now)
    # Before the sets are read: a set that is written meanwhile needs packs that are in no older set, or young.
    lying = place.listed()
    entries, unsound = sets.entries(), list[str]()
    needs = {one.key: named for one in entries if (named := _packs(sets, one, unsound.append)) is not None}
    why = kept([one.time for one in entries if one.key in needs], keep)
    # One that is not sound is no day's set, and goes when it would have gone as one.
    as_sound = kept([one.time for one in entries], keep)
    going = {one.key for one in entries if one.time not in (why if one.key in needs else as_sound)}
    gone = place.free([one for one in lying if one.key in going])
    left = needs.keys() - {one.key for one in gone}
    copies = bases.sound(sets.shelf, unsound.append)
    old, staying = _bases(lying, copies, now - timedelta(days=keep.daily), place)
    used = set[str]().union(*(needs[key] for key in left), *({pack.key for pack in base.packs} for base in staying))
    aged = [] if unsound else [one for one in lying if now - one.time > YOUNG]
    pieces = [one for one in aged if (piece := piece_of(one.key)) and not needed(piece, staying)]
    packs = [one for one in aged if one.key.startswith(PACKS) and one.key not in used]
    return Plan(
        {one.id: why[one.time] for one in entries if one.key in needs and one.time in why},
        tuple(gone), (*old, *place.free(pieces)), tuple(place.free(packs)), tuple(place.locked), tuple(unsound),
    )  # fmt: skip


def _packs(sets: Sets, entry: Entry, say: Callable[[str], None]) -> frozenset[str] | None:
    """What a set needs, and None of one that is not sound. Of all sets that is held, of one only the manifest."""
    manifest = sets.sound(entry, say)
    # Most packs are in many sets.
    return frozenset(sys.intern(pack.key) for pack in manifest.packs) if manifest else None


def _bases(
    lying: Sequence[Lying], copies: Mapping[str, Base], since: datetime, place: _Bucket | _Folder
) -> tuple[list[Lying], list[Base]]:
    """The bases that go, and those that stay: every time since then can still be had."""
    old = [key for key in sorted(copies) if copies[key].time <= since]
    # The newest of them leads to the first of those times.
    gone = place.free([one for one in lying if one.key in old[:-1]])
    return gone, [base for key, base in copies.items() if key not in {one.key for one in gone}]


def _place(shelf: Shelf, now: datetime) -> _Bucket | _Folder:
    return _Folder(shelf) if isinstance(shelf, FolderShelf) else _Bucket(shelf.root, now)


class _Folder:
    """Without versions and locks."""

    locked: tuple[str, ...] = ()

    def __init__(self, shelf: FolderShelf) -> None:
        self._shelf = shelf

    def listed(self) -> list[Lying]:
        """Also what a writer that was killed had begun, which the shelf does not tell."""
        root, found = Path(self._shelf.root), list[Lying]()
        for path in root.rglob("*"):
            # A file that a writer is at goes when it is whole, and has its own name then.
            with suppress(FileNotFoundError):
                if S_ISREG((stat := path.stat()).st_mode):
                    time = datetime.fromtimestamp(stat.st_mtime, UTC)
                    found.append(Lying(path.relative_to(root).as_posix(), "", stat.st_size, time))
        return found

    def free(self, found: Sequence[Lying]) -> list[Lying]:
        return list(found)

    def remove(self, one: Lying) -> None:
        self._shelf.remove(one.key)


class _Bucket:
    """A bucket, or a prefix of one; `locked` collects what may not be removed yet."""

    def __init__(self, root: str, now: datetime) -> None:
        self._bucket, prefix = split(root)
        self._prefix = f"{prefix}/" if prefix else ""
        self._now = now
        self.locked: list[str] = []

    def listed(self) -> list[Lying]:
        pages = client().get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=self._prefix)
        start = len(self._prefix)
        try:
            return [
                Lying(one["Key"][start:], one["VersionId"], one["Size"], one["LastModified"])
                for page in pages
                for one in page.get("Versions", [])
            ]
        except Exception as error:
            raise explain(error) or error from error

    def free(self, found: Sequence[Lying]) -> list[Lying]:
        """Those whose lock has run out, or that never had one; each is asked for."""
        free = []
        for one in found:
            until = self._until(one)
            if until and until > self._now:
                self.locked.append(f"{one.key} until {until.isoformat()}")
            else:
                free.append(one)
        return free

    def remove(self, one: Lying) -> None:
        try:
            client().delete_object(Bucket=self._bucket, Key=f"{self._prefix}{one.key}", VersionId=one.version)
        except Exception as error:
            raise explain(error) or error from error

    def _until(self, one: Lying) -> datetime | None:
        """By its own lock or by the bucket's default, which versitygw applies without writing it on the version."""
        own = self._ask(
            lambda: client().get_object_retention(
                Bucket=self._bucket, Key=f"{self._prefix}{one.key}", VersionId=one.version
            )["Retention"]["RetainUntilDate"]
        )
        default = one.time + self._default if self._default else None
        return max((until for until in (own, default) if until), default=None)

    @cached_property
    def _default(self) -> timedelta | None:
        found = self._ask(lambda: client().get_object_lock_configuration(Bucket=self._bucket))
        rule = found["ObjectLockConfiguration"].get("Rule", {}).get("DefaultRetention", {}) if found else {}
        # Years are whole and may have a leap day.
        return timedelta(days=rule.get("Days", 0) + 366 * rule.get("Years", 0)) or None

    def _ask(self, call: Callable[[], Found]) -> Found | None:
        try:
            return call()
        except ClientError as error:
            if error.response["Error"]["Code"] in UNLOCKED:
                return None
            raise explain(error) or error from error
        except Exception as error:
            raise explain(error) or error from error


def apply(sets: Sets, planned: Plan, say: Callable[[str], None]) -> None:
    """What names packs before the packs: interrupted, none is left that lacks one, and the next run finds the rest."""
    place = _place(sets.shelf, datetime.now(UTC))
    for one in planned.all:
        place.remove(one)
        say(f"removed {one.key}, {one.bytes} bytes")
