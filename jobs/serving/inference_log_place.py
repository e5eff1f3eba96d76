"""Where objects of the inference log go: the store, or a folder on a laptop."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from jobs.store import client, split, write_object

SUFFIX = ".jsonl.gz"
# Of answers that went to nobody: apart, so that nobody takes them for what was served.
SHADOW = "shadow"


def key(model: str, time: float, writer: str, number: int, *, shadow: bool = False) -> str:
    """`[shadow/]<model>/<YYYY>/<MM>/<DD>/<HH>/<writer>-<number>.jsonl.gz`; hours are UTC."""
    top = f"{SHADOW}/{model}" if shadow else model
    return f"{top}/{datetime.fromtimestamp(time, UTC):%Y/%m/%d/%H}/{writer}-{number:06d}{SUFFIX}"


def hour_of(model: str, key: str) -> datetime | None:
    """The hour whose predictions the object of this key holds; None when it is none of the log's."""
    try:
        return datetime.strptime(key.removeprefix(f"{model}/").rpartition("/")[0], "%Y/%m/%d/%H").replace(tzinfo=UTC)
    except ValueError:
        return None


def check(place: str) -> str:
    """The place without a slash at its end. Raises ConfigError on an address that is none."""
    if "://" in place:
        split(place)
    return place.rstrip("/")


def prepare(place: str) -> None:
    """Loads the store's client, which takes the interpreter for half a second: better before requests come."""
    if place.startswith("s3://"):
        client()


def write(place: str, name: str, content: bytes) -> None:
    """Below `s3://bucket[/prefix]` or a folder; whole or not at all. Raises UnreachableError, OSError."""
    if place.startswith("s3://"):
        write_object(f"{place}/{name}", content, "application/gzip")
        return
    target = Path(place) / name
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}")
    unfinished.write_bytes(content)
    unfinished.replace(target)
