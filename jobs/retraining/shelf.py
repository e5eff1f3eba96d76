"""Objects by key below `s3://bucket/prefix` or a folder: created once, never changed."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from jobs.errors import DataError, MlopsError
from jobs.places import bucket
from jobs.store import create_object, list_objects, read_object

PLACE = "MLOPS_RETRAINING"
JSON = "application/json"


@dataclass(frozen=True)
class Shelf:
    """`root` has no slash at its end. Every method raises UnreachableError when the store is down."""

    root: str

    @classmethod
    def open(cls, root: str | None = None) -> Shelf:
        """What is given, MLOPS_RETRAINING, or `retraining/` in the bucket of features."""
        return cls((root or os.environ.get(PLACE) or f"s3://{bucket('features')}/retraining").rstrip("/"))

    def address(self, key: str) -> str:
        return f"{self.root}/{key}"

    def create(self, key: str, content: bytes) -> bool:
        """Whether this call made it; what exists is left as it is."""
        if self._remote:
            return create_object(self.address(key), content, JSON)
        path = Path(self.address(key))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # A link appears whole or not at all, and never over another.
            with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-") as new:
                new.write(content)
                new.flush()
                os.fsync(new.fileno())
                os.link(new.name, path)
        except FileExistsError:
            return False
        except OSError as error:
            raise MlopsError("the ledger of retraining cannot be written", given=path, change=str(error)) from error
        return True

    def read(self, key: str) -> bytes:
        """Raises DataError when it does not exist."""
        if self._remote:
            return read_object(self.address(key))
        try:
            return Path(self.address(key)).read_bytes()
        except OSError as error:
            raise DataError("the file cannot be read", given=self.address(key), change=str(error)) from error

    def keys(self, folder: str) -> list[str]:
        """Sorted keys of the JSON objects below `folder`; a missing folder is empty."""
        if self._remote:
            found = [url.removeprefix(f"{self.root}/") for url, _ in list_objects(f"{self.root}/{folder}/")]
        else:
            root = Path(self.root)
            found = [str(path.relative_to(root)) for path in (root / folder).rglob("*.json")]
        return sorted(key for key in found if key.endswith(".json"))

    @property
    def _remote(self) -> bool:
        return self.root.startswith("s3://")
