"""Fetches a bundle's files from the store, or from a folder on a laptop."""

from __future__ import annotations

from pathlib import Path

from jobs.bundle.files import MAX_BYTES, copy, copy_of_model
from jobs.errors import BundleError, DataError


def fetch_model(location: str, folder: Path) -> Path:
    """The bundle of the MLflow model at this location → as `fetch`."""
    return copy_of_model(location, folder, _read)


def fetch(location: str, folder: Path) -> Path:
    """`s3://bucket/prefix`, `file:///path` or a path → `folder/bundle` with the bundle's files. Raises BundleError."""
    return copy(location, folder, _read)


def _read(url: str) -> bytes:
    from jobs.store import read_object

    try:
        return read_object(url, MAX_BYTES)
    except DataError as error:
        raise BundleError(
            "a file of the bundle cannot be had", given=url, details=(error.problem,),
            change="take a version whose files are there: `mlops models audit` looks at each",
        ) from error  # fmt: skip
