"""Objects out of a set: what is there already is left, what is new is written, nothing is removed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from jobs.backup.buckets import by_parts
from jobs.backup.errors import BackupError
from jobs.backup.manifest import Bucket, Stored
from jobs.backup.packer import SIZE
from jobs.errors import explain
from jobs.maintenance.buckets import ensure
from jobs.restore.reader import Reader
from jobs.store import client

Say = Callable[[str], None]
WRITERS = 4
# Metadata of a restored object: two stores may tag the same bytes differently.
DIGEST = "mlops-sha256"


@dataclass(frozen=True)
class Filling:
    """A bucket of the set and where it goes: `missing` are not there, `other` have other bytes there, `beyond` is how
    many objects there are not in the set."""

    source: Bucket
    name: str
    missing: tuple[Stored, ...]
    other: tuple[Stored, ...]
    beyond: int

    @property
    def empty(self) -> bool:
        """Nothing is there but what the set has, too."""
        return not self.other and not self.beyond


def look(source: Bucket, name: str) -> Filling:
    """What is there. Changes nothing."""
    there = _listed(name)
    missing = tuple(one for one in source.objects if one.key not in there)
    other = tuple(one for one in source.objects if one.key in there and not _same(name, one, *there[one.key]))
    keys = {one.key for one in source.objects}
    return Filling(source, name, missing, other, len(there.keys() - keys))


def fill(filling: Filling, reader: Reader, say: Say) -> None:
    """Writes what is missing and what is other; the bucket is made where there is none. Raises BackupError."""
    s3 = client()
    try:
        ensure(s3, filling.name)
    except Exception as error:
        raise explain(error) or error from error
    # By pack, so that each is fetched once.
    wanted = sorted(
        (*filling.missing, *filling.other), key=lambda one: [(at.pack, at.offset) for at in one.content.chunks]
    )
    with ThreadPoolExecutor(WRITERS, thread_name_prefix="writer") as pool:
        for done in by_parts(pool, lambda one: _put(filling.name, one, reader), wanted):
            assert done is None
    say(f"{filling.name}: {len(wanted)} objects written, {len(filling.source.objects) - len(wanted)} were there")


def _put(name: str, one: Stored, reader: Reader) -> None:
    s3 = client()
    about = {"ContentType": one.kind, "Metadata": {**one.metadata, DIGEST: one.content.sha256}}
    about |= {"ContentEncoding": one.encoding} if one.encoding else {}
    try:
        if one.content.bytes <= SIZE:
            s3.put_object(Bucket=name, Key=one.key, Body=reader.read(one.content), **about)  # type: ignore[arg-type]
            return
        upload = s3.create_multipart_upload(Bucket=name, Key=one.key, **about)["UploadId"]  # type: ignore[arg-type]
        try:
            parts = []
            for number, piece in enumerate(reader.stream(one.content), start=1):
                sent = s3.upload_part(Bucket=name, Key=one.key, UploadId=upload, PartNumber=number, Body=bytes(piece))
                parts.append({"ETag": sent["ETag"], "PartNumber": number})
            s3.complete_multipart_upload(
                Bucket=name, Key=one.key, UploadId=upload, MultipartUpload={"Parts": parts}  # type: ignore[typeddict-item]
            )  # fmt: skip
        except BaseException:
            s3.abort_multipart_upload(Bucket=name, Key=one.key, UploadId=upload)
            raise
    except BackupError:
        raise
    except Exception as error:
        raise explain(error) or error from error


def _listed(name: str) -> dict[str, tuple[str, int]]:
    """Key → etag and size; nothing where there is no bucket."""
    pages = client().get_paginator("list_objects_v2").paginate(Bucket=name)
    try:
        return {one["Key"]: (one["ETag"].strip('"'), one["Size"]) for page in pages for one in page.get("Contents", [])}
    except client().exceptions.NoSuchBucket:
        return {}
    except Exception as error:
        raise explain(error) or error from error


def _same(name: str, one: Stored, etag: str, size: int) -> bool:
    if size != one.content.bytes:
        return False
    if etag == one.etag:
        return True
    try:
        return client().head_object(Bucket=name, Key=one.key)["Metadata"].get(DIGEST) == one.content.sha256
    except Exception as error:
        raise explain(error) or error from error
