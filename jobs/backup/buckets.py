"""Buckets into a set: one listing of versions says what is there, and only what is new is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from jobs.backup.errors import BackupError
from jobs.backup.manifest import Bucket, Stored
from jobs.backup.packer import Known, Packer
from jobs.backup.versions import time_of
from jobs.errors import explain
from jobs.places import Purpose, bucket
from jobs.store import client

# Not the logs of predictions: nobody's only source, and the largest of all.
PURPOSES: tuple[Purpose, ...] = ("artifacts", "features", "audit")
READERS = 4
Item = TypeVar("Item")
Done = TypeVar("Done")
# Asked for at once: one that waits for a thread takes more memory than what becomes of it.
WAITING = 1000
BLOCK = 1024 * 1024
# How far the store's clock may be behind the database's.
MARGIN = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Seen:
    """A version of an object as a listing tells it."""

    key: str
    version: str
    etag: str
    bytes: int


def seen(name: str, since: datetime, then: datetime | None = None) -> list[Seen]:
    """What a bucket shows, and what it has hidden since a time: rows that a snapshot of that time has may name it.

    Each in its newest version, or in the one that it had `then`; what was not there then comes as it is now.
    """
    newest: dict[str, Seen] = {}
    former: dict[str, tuple[datetime, Seen]] = {}
    gone: set[str] = set()
    # The last time of those before `since`.
    hidden: dict[str, datetime] = {}
    try:
        for page in client().get_paginator("list_object_versions").paginate(Bucket=name):
            for one in page.get("Versions", []):
                key, found = one["Key"], Seen(one["Key"], one["VersionId"], one["ETag"].strip('"'), one["Size"])
                if one["IsLatest"] or key not in newest:
                    newest[key] = found
                time = time_of(found.version, one["LastModified"])
                if then and time <= then and (key not in former or time > former[key][0]):
                    former[key] = time, found
            for marker in page.get("DeleteMarkers", []):
                key, time = marker["Key"], time_of(marker["VersionId"], marker["LastModified"])
                if time < since - MARGIN:
                    hidden[key] = max(time, hidden.get(key, time))
                    if marker["IsLatest"]:
                        gone.add(key)
    except Exception as error:
        raise explain(error) or error from error
    newest.update({key: one for key, (time, one) in former.items() if key not in hidden or time >= hidden[key]})
    return sorted((one for key, one in newest.items() if key not in gone), key=lambda one: one.key)


def capture(
    purpose: Purpose, since: datetime, before: Bucket | None, known: Known, packer: Packer, then: datetime | None = None
) -> Bucket:
    """Every object; what the set before has in the same version is not asked for again. Raises BackupError."""
    name = bucket(purpose)
    had = {one.key: one for one in before.objects} if before and before.name == name else {}

    def one(found: Seen) -> Stored:
        old = had.get(found.key)
        same = old and (old.version, old.etag, old.content.bytes) == (found.version, found.etag, found.bytes)
        if old and same and known.has(old.content):
            return replace(old, content=packer.keep(old.content))
        return _read(name, found, packer)

    found = seen(name, since, then)
    with ThreadPoolExecutor(READERS, thread_name_prefix="reader") as pool:
        # In order, so that the files of a model lie together.
        objects = tuple(by_parts(pool, one, found))
    return Bucket(purpose=purpose, name=name, objects=objects)


def by_parts(pool: ThreadPoolExecutor, do: Callable[[Item], Done], those: Sequence[Item]) -> Iterator[Done]:
    """What `do` gives of each, in order; no more than WAITING are in the pool at once."""
    for start in range(0, len(those), WAITING):
        yield from pool.map(do, those[start : start + WAITING])


def encoding(told: str) -> str:
    """Of the object itself. Over TLS versitygw keeps `aws-chunked`, which is how botocore sent it, with that."""
    return ",".join(word for word in told.replace(" ", "").split(",") if word not in {"", "aws-chunked"})


def _read(name: str, found: Seen, packer: Packer) -> Stored:
    try:
        answer = client().get_object(Bucket=name, Key=found.key, VersionId=found.version)
        pieces: Iterator[bytes] = answer["Body"].iter_chunks(BLOCK)
        content = packer.add(pieces)
    except Exception as error:
        raise explain(error) or error from error
    if content.bytes != found.bytes:
        raise BackupError(
            "an object has another size than its listing", given=f"s3://{name}/{found.key}: {content.bytes} bytes",
            allowed=found.bytes, change="run the same command again",
        )  # fmt: skip
    return Stored(
        key=found.key, version=found.version, etag=found.etag, content=content,
        kind=answer.get("ContentType", "binary/octet-stream"), encoding=encoding(answer.get("ContentEncoding", "")),
        metadata=answer.get("Metadata", {}),
    )  # fmt: skip
