"""An archive of the program as one zip file, the same bytes for the same content. Pure but for reading the files."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

from local.plugins.errors import PluginError
from local.plugins.values import File

# The earliest time that a zip can say: times of files would make equal content different.
_TIME = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o644


def zipped(file: File) -> bytes:
    """A zip file as it is; a folder, or an archive put together by the program, as a new one."""
    path = Path(file.path)
    if file.path and path.is_file() and not file.members:
        return path.read_bytes()
    if not file.path and not file.members:
        raise PluginError("the archive is empty: give a folder, a zip file or an AssetArchive with files in it")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in sorted(_files(file, "")):
            entry = zipfile.ZipInfo(name, _TIME)
            entry.external_attr, entry.compress_type = _READABLE << 16, zipfile.ZIP_DEFLATED
            made.writestr(entry, data)
    return content.getvalue()


def _files(file: File, name: str) -> Iterator[tuple[str, bytes]]:
    if file.members:
        for inside, member in file.members.items():
            yield from _files(member, f"{name}/{inside}".lstrip("/"))
    elif not file.path:
        yield name, file.text.encode()
    elif (path := Path(file.path)).is_dir():
        for each in path.rglob("*"):
            if each.is_file():
                yield f"{name}/{each.relative_to(path).as_posix()}".lstrip("/"), each.read_bytes()
    else:
        yield name, path.read_bytes()
