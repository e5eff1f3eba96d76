"""What an export says about a registry: `manifest.json`, and every file below `files/` by its sha256."""

from __future__ import annotations

import hashlib
import json
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import Field, ValidationError, field_validator

from jobs.config import Frozen
from jobs.datasets.shelf import Shelf
from jobs.errors import DataError, RegistryError

MANIFEST = "manifest.json"
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class File(Frozen):
    """One file: its path below the model or the run, and its content."""

    path: str = Field(min_length=1)
    bytes: int = Field(ge=0)
    sha256: Sha256

    @field_validator("path")
    @classmethod
    def _inside(cls, path: str) -> str:
        parts = PurePosixPath(path)
        if parts.is_absolute() or ".." in parts.parts or "\\" in path or "\0" in path:
            raise ValueError("a path stays below its folder")
        return path


class ExportedRun(Frozen):
    """The run of a version; its files include the config of its training."""

    run_id: str
    experiment: str
    name: str
    start: int
    params: dict[str, str]
    metrics: dict[str, float]
    tags: dict[str, str]
    files: tuple[File, ...]


class ExportedVersion(Frozen):
    """A version with every file of its model."""

    version: str
    created: int
    note: str
    tags: dict[str, str]
    files: tuple[File, ...]
    run: ExportedRun | None


class ExportedModel(Frozen):
    """A registered model; versions ascend."""

    name: str = Field(min_length=1)
    note: str
    tags: dict[str, str]
    aliases: dict[str, str]
    versions: tuple[ExportedVersion, ...]


class Exported(Frozen):
    """A whole export."""

    format: Literal[1]
    time: str
    source: str
    models: tuple[ExportedModel, ...]

    def to_bytes(self) -> bytes:
        return (json.dumps(self.model_dump(), sort_keys=True, indent=1) + "\n").encode()

    def files(self) -> list[File]:
        """Of all versions and runs; a content that several have is there several times."""
        return [
            file
            for model in self.models
            for version in model.versions
            for file in (*version.files, *(version.run.files if version.run else ()))
        ]


def key_of(sha256: str) -> str:
    return f"files/{sha256}"


def read_export(shelf: Shelf, expected: str = "") -> tuple[Exported, str]:
    """The manifest and its sha256. Raises RegistryError when it is none, or not the expected one."""
    try:
        content = shelf.read(MANIFEST)
    except DataError as error:
        raise RegistryError(
            "this is no finished export: it has no manifest.json", given=shelf.root, change="`mlops models export`"
        ) from error
    sha256 = hashlib.sha256(content).hexdigest()
    if expected and sha256 != expected:
        raise RegistryError("this is another export: its manifest was changed", given=sha256, allowed=expected)
    try:
        return Exported.model_validate_json(content), sha256
    except ValidationError as error:
        details = tuple(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:5])
        raise RegistryError("the manifest of the export cannot be read", given=shelf.root, details=details) from error


def read_file(shelf: Shelf, file: File) -> bytes:
    """Raises RegistryError unless it is what was exported."""
    try:
        content = shelf.read(key_of(file.sha256))
    except DataError as error:
        raise RegistryError("a file of the export is missing", given=file.path, allowed=key_of(file.sha256)) from error
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise RegistryError("a file of the export was changed", given=file.path, allowed=file.sha256)
    return content
