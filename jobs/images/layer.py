"""A layer: files as one tar, the same bytes for the same files. Pure."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from pathlib import PurePosixPath

from jobs.errors import ConfigError

# Files are read by the images' user and written to by nobody; folders as everywhere, for they may be there already.
FILE, FOLDER = 0o444, 0o755


def layer(files: Mapping[str, bytes]) -> bytes:
    """Tar of `files` by their absolute path in the image: sorted, owned by root, without times. Raises ConfigError."""
    paths = {_path(name): content for name, content in files.items()}
    folders = {parent for path in paths for parent in path.parents if parent.name}
    if both := sorted(str(path) for path in folders & paths.keys()):
        raise ConfigError("a path of a layer is a file and a folder", given=f"/{both[0]}")
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path in sorted(folders | paths.keys()):
            entry = tarfile.TarInfo(str(path))
            if path in paths:
                entry.mode, entry.size = FILE, len(paths[path])
                tar.addfile(entry, io.BytesIO(paths[path]))
            else:
                entry.type, entry.mode = tarfile.DIRTYPE, FOLDER
                tar.addfile(entry)
    return whole.getvalue()


def _path(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if not path.is_absolute() or ".." in path.parts or path == PurePosixPath("/"):
        raise ConfigError("not a file's place in an image", given=name, allowed="an absolute path without ..")
    return path.relative_to("/")
