"""What is in an image, read from its docker archive: Debian's packages, Python's, and Go programs."""

from __future__ import annotations

import fnmatch
import hashlib
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.parser import BytesHeaderParser
from pathlib import Path, PurePosixPath
from typing import Any

from local.images import go_build
from local.images.go_build import GoBuild

DPKG = "var/lib/dpkg/status"
PYTHON = ("*/site-packages/*.dist-info/METADATA", "*/site-packages/*.dist-info/RECORD")
PROGRAMS = ("usr/local/bin/*", "usr/bin/*", "usr/lib/postgresql/*/bin/*")
# The smallest Go program has more.
SMALLEST = 500_000
_REMOVED, _EMPTIED = ".wh.", ".wh..wh..opq"


@dataclass(frozen=True)
class Debian:
    name: str
    version: str
    architecture: str
    source: str


@dataclass(frozen=True)
class Python:
    """`record` is the sha256 of the package's own list of its files and their hashes."""

    name: str
    version: str
    license: str
    record: str


@dataclass(frozen=True)
class Contents:
    """`identity`: sha256 of the image's configuration; `programs` by their path."""

    identity: str
    created: datetime
    debian: tuple[Debian, ...]
    python: tuple[Python, ...]
    programs: dict[str, GoBuild]


def read(archive: Path) -> Contents:
    """Of the file system that the layers make together."""
    with tarfile.open(archive) as whole:
        manifest = json.loads(_member(whole, "manifest.json"))[0]
        configuration = _member(whole, manifest["Config"])
        files: dict[str, bytes] = {}
        for name in manifest["Layers"]:
            with tarfile.open(fileobj=whole.extractfile(name)) as layer:
                _apply(files, layer)
    created = str(json.loads(configuration)["created"])
    return Contents(
        identity=hashlib.sha256(configuration).hexdigest(),
        # Nine digits of a second, of which datetime knows six.
        created=datetime.fromisoformat(created.split(".")[0].removesuffix("Z") + "+00:00"),
        debian=tuple(debian(files.get(DPKG, b""))),
        python=tuple(sorted(_python(files), key=lambda one: one.name.lower())),
        programs=dict(_programs(files)),
    )


def _apply(files: dict[str, bytes], layer: tarfile.TarFile) -> None:
    for entry in layer:
        path = PurePosixPath(entry.name.removeprefix("./"))
        if path.name.startswith(_REMOVED):
            gone = path.parent if path.name == _EMPTIED else path.parent / path.name.removeprefix(_REMOVED)
            for name in [name for name in files if gone in (PurePosixPath(name), *PurePosixPath(name).parents)]:
                del files[name]
        elif entry.isfile() and _interesting(str(path), entry):
            content = layer.extractfile(entry)
            assert content is not None
            files[str(path)] = content.read()
        else:
            files.pop(str(path), None)


def _interesting(path: str, entry: tarfile.TarInfo) -> bool:
    if path == DPKG or _wanted(path, PYTHON):
        return True
    return _wanted(path, PROGRAMS) and bool(entry.mode & 0o111) and entry.size >= SMALLEST


def _wanted(path: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)


def debian(status: bytes) -> Iterator[Debian]:
    """The installed packages of dpkg's database, by name."""
    found = [BytesHeaderParser().parsebytes(one) for one in _paragraphs(status)]
    installed = [one for one in found if str(one["Status"]).split()[-1:] == ["installed"]]
    for one in sorted(installed, key=lambda package: str(package["Package"])):
        source = str(one["Source"] or one["Package"]).split()[0]
        yield Debian(str(one["Package"]), str(one["Version"]), str(one["Architecture"]), source)


def _paragraphs(status: bytes) -> list[bytes]:
    return [one for one in status.split(b"\n\n") if one.strip()]


def _python(files: dict[str, bytes]) -> Iterator[Python]:
    for path in files:
        if not _wanted(path, PYTHON[:1]):
            continue
        about = BytesHeaderParser().parsebytes(files[path])
        record = files.get(path.removesuffix("METADATA") + "RECORD", b"")
        yield Python(str(about["Name"]), str(about["Version"]), _license(about), hashlib.sha256(record).hexdigest())


def _programs(files: dict[str, bytes]) -> Iterator[tuple[str, GoBuild]]:
    for path in sorted(files):
        if _wanted(path, PROGRAMS) and (found := go_build.read(files[path])):
            yield f"/{path}", found


def _license(about: Any) -> str:
    """What it says in one line; whole texts of licences are left out."""
    said = str(about["License-Expression"] or about["License"] or "")
    return said if said and "\n" not in said and len(said) <= 60 else ""


def _member(whole: tarfile.TarFile, name: str) -> bytes:
    content = whole.extractfile(name)
    assert content is not None
    return content.read()
