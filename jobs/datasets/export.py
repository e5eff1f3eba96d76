"""A snapshot's file → a new CSV or Parquet file of this machine."""

from __future__ import annotations

from pathlib import Path

from jobs.datasets.parquet import read_frame
from jobs.datasets.shelf import FolderShelf
from jobs.datasets.source import SUFFIXES
from jobs.errors import ConfigError


def export(content: bytes, to: Path) -> None:
    """`content` is Parquet. Raises ConfigError for another file type and a file that exists; that one is kept."""
    suffix = to.suffix.lower()
    if suffix not in SUFFIXES:
        raise ConfigError("the file type is not known", given=to, allowed=" or ".join(SUFFIXES))
    if suffix == ".csv":
        content = read_frame(content, str(to)).to_csv(index=False).encode()
    if not FolderShelf(str(to.parent)).create(to.name, content):
        raise ConfigError("the file exists", given=to, change="name another, or remove it")
