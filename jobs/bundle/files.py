"""The files of a bundle, wherever they are. Standard library only: who asks brings the way to read the store."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlparse

from jobs.bundle.digest import FILES
from jobs.errors import BundleError

# A bundle of ours has 0.2 MB; a foreign object must not fill the memory or the disk.
MAX_BYTES = 512 * 1024 * 1024
# Place of the bundle inside the folder of an MLflow model.
ARTIFACT_PATH = "artifacts/bundle"

# An address in the store → the object. Raises BundleError.
Read = Callable[[str], bytes]


def copy(location: str, folder: Path, read: Read) -> Path:
    """`s3://bucket/prefix`, `file:///path` or a path → `folder/bundle` with the bundle's files. Raises BundleError."""
    target = folder / "bundle"
    target.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        if location.startswith("s3://"):
            (target / name).write_bytes(read(f"{location}/{name}"))
        else:
            _from_folder(location, name, target / name)
    return target


def copy_of_model(location: str, folder: Path, read: Read) -> Path:
    """The bundle of the MLflow model at this location → as `copy`."""
    return copy(f"{location.rstrip('/')}/{ARTIFACT_PATH}", folder, read)


def _from_folder(location: str, name: str, target: Path) -> None:
    parts = urlparse(location)
    if parts.scheme not in ("", "file"):
        raise BundleError(
            "the bundle is at an address of unknown kind", given=location, allowed="s3://, file://, a path"
        )
    source = Path(unquote(parts.path)) / name
    try:
        shutil.copyfile(source, target)
    except FileNotFoundError as error:
        raise BundleError("a file of the bundle does not exist", given=source) from error
