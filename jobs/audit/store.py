"""Where entries are: one object or file each, named by its number; written once, never again."""

from __future__ import annotations

import os
import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

from jobs.audit.entry import AuditError
from jobs.errors import explain

NAME = re.compile(r"^(\d{12})\.json$")
READERS = 16


def name_of(seq: int) -> str:
    """`000000000001.json`: names sort as numbers do."""
    return f"{seq:012d}.json"


class EntryStore(Protocol):
    """Numbered objects."""

    def numbers(self, after: int = 0) -> list[int]:
        """Numbers above `after`, ascending."""
        ...

    def read(self, seq: int) -> bytes: ...

    def write_new(self, seq: int, content: bytes) -> bool:
        """False when there is such a number already; then nothing was written."""
        ...

    def rewritten(self) -> list[int]:
        """Numbers whose content was written twice or removed, as far as the store remembers."""
        ...


class FolderStore:
    """A folder. An entry appears whole or not at all: it is linked to its name when it is on the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def numbers(self, after: int = 0) -> list[int]:
        if not self._folder.exists():
            return []
        found = (NAME.match(path.name) for path in self._folder.iterdir())
        return sorted(number for one in found if one and (number := int(one[1])) > after)

    def read(self, seq: int) -> bytes:
        return (self._folder / name_of(seq)).read_bytes()

    def write_new(self, seq: int, content: bytes) -> bool:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            draft = self._folder / f".{name_of(seq)}.{secrets.token_hex(8)}"
            try:
                with draft.open("xb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                os.link(draft, self._folder / name_of(seq))
            except FileExistsError:
                return False
            finally:
                draft.unlink(missing_ok=True)
        except OSError as error:
            if (known := explain(error)) is not None:
                raise known from error
            raise AuditError(
                "the audit trail cannot be written; nothing was changed", given=f"{self._folder}: {error}",
                change="name a folder that can be written in MLOPS_AUDIT",
            ) from error  # fmt: skip
        return True

    def rewritten(self) -> list[int]:
        return []


class S3Store:
    """A prefix in a bucket; If-None-Match lets one of several writers have a number."""

    def __init__(self, bucket: str, prefix: str) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""

    def numbers(self, after: int = 0) -> list[int]:
        from jobs.store import client

        pages = client().get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._prefix, StartAfter=self._prefix + (name_of(after) if after else "")
        )  # fmt: skip
        try:
            keys = [str(item["Key"]) for page in pages for item in page.get("Contents", [])]
        except Exception as error:
            raise self._problem(error) from error
        found = (NAME.match(key.removeprefix(self._prefix)) for key in keys)
        return sorted(number for one in found if one and (number := int(one[1])) > after)

    def read(self, seq: int) -> bytes:
        from jobs.store import read_object

        return read_object(f"s3://{self._bucket}/{self._prefix}{name_of(seq)}")

    def write_new(self, seq: int, content: bytes) -> bool:
        from jobs.store import create_object

        try:
            return create_object(f"s3://{self._bucket}/{self._prefix}{name_of(seq)}", content, "application/json")
        except Exception as error:
            raise self._problem(error.__cause__ or error) from error

    def rewritten(self) -> list[int]:
        """Of a bucket with versions; empty where nobody may ask for them."""
        from jobs.store import client

        pages = client().get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=self._prefix)
        counts: dict[str, int] = {}
        try:
            for page in pages:
                for item in page.get("Versions", []):
                    counts[item["Key"]] = counts.get(item["Key"], 0) + 1
                for marker in page.get("DeleteMarkers", []):
                    counts[marker["Key"]] = 2
        except Exception as error:
            if _status(error) in (403, 501):
                return []
            raise self._problem(error) from error
        found = ((NAME.match(key.removeprefix(self._prefix)), count) for key, count in counts.items())
        return sorted(int(one[1]) for one, count in found if one and count > 1)

    def _problem(self, error: BaseException) -> BaseException:
        if _status(error) in (403, 404):
            return AuditError(
                "the audit trail cannot be used; nothing was changed", given=f"s3://{self._bucket}: {error}",
                change="the bucket must exist and this account may list, read and write it; `pulumi up` makes both",
            )  # fmt: skip
        return explain(error) or error


def read_all(store: EntryStore, numbers: list[int]) -> list[bytes]:
    """Contents in the order given; several at a time, because each is a request."""
    with ThreadPoolExecutor(READERS) as pool:
        return list(pool.map(store.read, numbers))


def _status(error: BaseException) -> int | None:
    answer: dict[str, Any] = getattr(error, "response", None) or {}
    status: int | None = answer.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status
