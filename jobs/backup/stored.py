"""Sealed bytes, in the bucket for certain."""

from __future__ import annotations

import hashlib

from jobs.backup.errors import AGAIN, BackupError
from jobs.datasets.shelf import Shelf


def store(shelf: Shelf, key: str, content: bytes, sha256: str) -> None:
    """Written and read back. Raises BackupError when the store gives back something else."""
    shelf.create(key, content)
    actual = hashlib.sha256(shelf.read(key)).hexdigest()
    if actual != sha256:
        raise BackupError(
            "the store does not give back what was written", given=f"{key}: sha256 {actual}",
            allowed=f"sha256 {sha256}", change=AGAIN,
        )  # fmt: skip
