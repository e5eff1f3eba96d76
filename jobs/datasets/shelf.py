"""Where objects lie: a folder, or a prefix of the S3 store. What is there is never overwritten."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from jobs.errors import DataError, explain
from jobs.store import client, create_object, former_versions, list_objects, list_sizes, read_object, split


class Shelf(Protocol):
    """Objects by key below one root."""

    @property
    def root(self) -> str: ...

    def list_keys(self, prefix: str = "") -> list[str]: ...

    def sizes(self, prefix: str = "") -> dict[str, int]: ...

    def written(self, key: str) -> datetime: ...

    def former(self, key: str) -> Iterator[bytes]: ...

    def read(self, key: str) -> bytes: ...

    def create(self, key: str, content: bytes) -> bool: ...

    def remove(self, key: str) -> None: ...


def shelf_of(root: str) -> Shelf:
    """`s3://bucket/prefix` or a folder, which need not exist."""
    return StoreShelf(root.rstrip("/")) if root.startswith("s3://") else FolderShelf(str(Path(root).expanduser()))


@dataclass(frozen=True)
class StoreShelf:
    """A prefix of the S3 store."""

    root: str

    def list_keys(self, prefix: str = "") -> list[str]:
        """Sorted keys that begin with the prefix; none when there is no such bucket. Raises UnreachableError."""
        start = len(self.root) + 1
        return sorted(url[start:] for url, _ in list_objects(f"{self.root}/{prefix}"))

    def sizes(self, prefix: str = "") -> dict[str, int]:
        """Bytes of every object whose key begins with the prefix. Raises UnreachableError."""
        start = len(self.root) + 1
        return {url[start:]: size for url, size in list_sizes(f"{self.root}/{prefix}")}

    def written(self, key: str) -> datetime:
        """When, by the store's clock, of which it gives whole seconds. Raises DataError when it does not exist."""
        times = [time for url, time in list_objects(f"{self.root}/{key}") if url == f"{self.root}/{key}"]
        if not times:
            raise DataError("there is no such object", given=f"{self.root}/{key}")
        return datetime.fromtimestamp(times[0], UTC)

    def former(self, key: str) -> Iterator[bytes]:
        """What it was before, newest first; nothing where nobody may ask for versions. Raises UnreachableError."""
        return former_versions(f"{self.root}/{key}")

    def read(self, key: str) -> bytes:
        """Raises DataError when it does not exist."""
        return read_object(f"{self.root}/{key}")

    def create(self, key: str, content: bytes) -> bool:
        """Whether this call wrote it; what was there before stays."""
        return create_object(f"{self.root}/{key}", content)

    def remove(self, key: str) -> None:
        """Hides it behind a marker, as the store's buckets are versioned; one that is gone already is no error."""
        bucket, name = split(f"{self.root}/{key}")
        try:
            client().delete_object(Bucket=bucket, Key=name)
        except Exception as error:
            raise explain(error) or error from error


@dataclass(frozen=True)
class FolderShelf:
    """A folder of this machine."""

    root: str

    def list_keys(self, prefix: str = "") -> list[str]:
        """Sorted paths below the root that begin with the prefix; none when there is no such folder."""
        root = Path(self.root)
        below = (root / prefix).parent if prefix and not prefix.endswith("/") else root / prefix
        found = (path.relative_to(root).as_posix() for path in below.rglob("*") if path.is_file())
        return sorted(key for key in found if key.startswith(prefix) and not Path(key).name.startswith("."))

    def sizes(self, prefix: str = "") -> dict[str, int]:
        """Bytes of every file whose path begins with the prefix."""
        return {key: (Path(self.root) / key).stat().st_size for key in self.list_keys(prefix)}

    def written(self, key: str) -> datetime:
        """When, by this machine's clock. Raises DataError when it does not exist."""
        path = Path(self.root) / key
        try:
            return datetime.fromtimestamp(path.stat().st_mtime, UTC)
        except OSError as error:
            raise DataError("there is no such file", given=path) from error

    def former(self, key: str) -> Iterator[bytes]:
        """Nothing: a folder has no versions."""
        del key
        return iter(())

    def read(self, key: str) -> bytes:
        """Raises DataError when it does not exist or cannot be read."""
        path = Path(self.root) / key
        try:
            return path.read_bytes()
        except OSError as error:
            raise DataError(
                "the file cannot be read", given=path, change="is the place right, and may you read it?",
                details=(str(error.strerror),),
            ) from error  # fmt: skip

    def create(self, key: str, content: bytes) -> bool:
        """Whether this call wrote it, whole; what was there before stays. Raises DataError."""
        path = Path(self.root) / key
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                path.hardlink_to(file.name)
        except FileExistsError:
            return False
        except OSError as error:
            # A write does not say where.
            error.filename = error.filename or str(path)
            raise explain(error) or DataError(
                "the file cannot be written", given=path, change="give a place where you may write",
                details=(str(error),),
            ) from error  # fmt: skip
        return True

    def remove(self, key: str) -> None:
        """One that is gone already is no error; folders that are left empty go, too."""
        path = Path(self.root) / key
        path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder == Path(self.root) or any(folder.iterdir()):
                return
            folder.rmdir()
