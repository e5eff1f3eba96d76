"""What a snapshot says about itself; a snapshot exists when its manifest does."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from jobs.datasets.moment import parse_time
from jobs.datasets.schema import Schema
from jobs.errors import DataError

FORMAT = 1
MANIFEST = "manifest.json"
DATA = "data.parquet"
FEATURES = "features.parquet"


@dataclass(frozen=True)
class File:
    """One file beside the manifest; `size` in bytes."""

    name: str
    size: int
    sha256: str

    @classmethod
    def of(cls, name: str, content: bytes) -> File:
        return cls(name, len(content), hashlib.sha256(content).hexdigest())

    def check(self, content: bytes, where: str) -> bytes:
        """The content. Raises DataError when it is not what was written."""
        found = hashlib.sha256(content).hexdigest()
        if found != self.sha256:
            raise DataError(
                f"{where} is not what was written: its sha256 differs from the manifest's",
                given=found, allowed=self.sha256, change="read an older snapshot, and find out who wrote to this one",
            )  # fmt: skip
        return content


@dataclass(frozen=True)
class Manifest:
    """`table_sha256` is the table's digest, equal for equal values in any file format; `source` is where it came from.

    `first` and `last` are the rows' range of event times, if they have any. `spec` is the encoder's specification of
    the features file.
    """

    name: str
    time: datetime
    table: Schema
    labelled: bool
    rows: int
    table_sha256: str
    source: dict[str, Any]
    files: tuple[File, ...]
    spec: list[dict[str, Any]]
    first: datetime | None = None
    last: datetime | None = None

    def file(self, name: str) -> File:
        return next(one for one in self.files if one.name == name)

    @property
    def content(self) -> tuple[object, ...]:
        """Equal for snapshots that hold the same; where it came from and when does not count."""
        return self.table, self.table_sha256, self.spec, self.files

    def as_dict(self) -> dict[str, Any]:
        """Plain data, times as ISO 8601 in UTC."""
        return {
            "format": FORMAT,
            "name": self.name,
            "time": _text(self.time),
            "labelled": self.labelled,
            "rows": self.rows,
            "tableSha256": self.table_sha256,
            "source": self.source,
            "first": _text(self.first),
            "last": _text(self.last),
            "files": [asdict(file) for file in self.files],
            "schema": self.table.model_dump(exclude_none=True),
            "features": self.spec,
        }

    def to_bytes(self) -> bytes:
        return json.dumps(self.as_dict(), indent=1, sort_keys=True).encode()

    @classmethod
    def from_bytes(cls, content: bytes, where: str) -> Manifest:
        """Raises DataError on anything that `to_bytes` does not write."""
        try:
            data = json.loads(content)
            if data["format"] != FORMAT:
                raise ValueError(f"format {data['format']!r}, known is {FORMAT}")
            return cls(
                name=data["name"],
                time=parse_time(data["time"]),
                table=Schema.model_validate(data["schema"]),
                labelled=bool(data["labelled"]),
                rows=int(data["rows"]),
                table_sha256=str(data["tableSha256"]),
                source=dict(data["source"]),
                files=tuple(File(**file) for file in data["files"]),
                spec=list(data["features"]),
                first=_time(data["first"]),
                last=_time(data["last"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(
                "the manifest of a snapshot cannot be read", given=where, details=(str(error),),
                change="take another snapshot: `mlops data list NAME`",
            ) from error  # fmt: skip


def _text(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat().replace("+00:00", "Z")


def _time(text: str | None) -> datetime | None:
    return None if text is None else parse_time(text)
