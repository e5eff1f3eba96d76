"""Reports and baselines where they are kept: a folder, or the features bucket. Nothing is ever written over."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jobs.datasets.moment import key_of, now
from jobs.datasets.shelf import Shelf, shelf_of
from jobs.drift.reference import Reference
from jobs.errors import DataError

REPORTS, BASELINES = "drift", "baselines"


@dataclass(frozen=True)
class Baseline:
    """What a version is compared with in place of its training rows; `reference` None: with these again."""

    model: str
    version: str
    time: str
    source: str
    reason: str
    reference: Reference | None

    def to_json(self) -> dict[str, Any]:
        reference = self.reference.to_json() if self.reference else None
        return {
            "model": self.model, "version": self.version, "time": self.time, "source": self.source,
            "reason": self.reason, "reference": reference,
        }  # fmt: skip


def store_at(place: str) -> Shelf:
    """The name of a bucket, `s3://bucket/prefix`, or a folder (a path with a `/`)."""
    return shelf_of(place if place.startswith("s3://") or "/" in place else f"s3://{place}")


def keep(shelf: Shelf, folder: str, time: datetime, content: dict[str, Any]) -> str:
    """Address of the new object `folder/<time>.json`; a second one of the same second gets a number."""
    data, name = json.dumps(content).encode(), key_of(time)
    number = 1
    while True:
        key = f"{folder}/{name}.json" if number == 1 else f"{folder}/{name}-{number}.json"
        if shelf.create(key, data):
            return f"{shelf.root}/{key}"
        number += 1


def read_report(shelf: Shelf, which: str | None, model: str | None = None) -> dict[str, Any]:
    """A report by address, path or time; the newest (of a model) without. Raises DataError."""
    if which is None:
        for key in reversed(_keys(shelf, f"{REPORTS}/")):
            report = _parsed(shelf.read(key), key)
            if model in (None, report.get("model")):
                return {"report": f"{shelf.root}/{key}", **report}
        raise DataError(
            "there is no drift report", given=f"{shelf.root}/{REPORTS}/", change="run `mlops drift check` first"
        )
    if which.startswith("s3://"):
        from jobs.store import read_object

        return {"report": which, **_parsed(read_object(which), which)}
    if which.endswith(".json"):
        try:
            return {"report": which, **_parsed(Path(which).read_bytes(), which)}
        except OSError as error:
            raise DataError(
                "the report cannot be read", given=which, details=(str(error.strerror),),
                change="give a file that is there, or the time that `mlops drift check` told",
            ) from error  # fmt: skip
    key = f"{REPORTS}/{which}.json"
    return {"report": f"{shelf.root}/{key}", **_parsed(shelf.read(key), key)}


def add_baseline(shelf: Shelf, baseline: Baseline) -> str:
    """Its address; it counts from now on."""
    folder = _folder(baseline.model, baseline.version)
    return keep(shelf, folder, datetime.fromisoformat(baseline.time), baseline.to_json())


def newest_baseline(shelf: Shelf, model: str, version: str) -> tuple[str, Baseline] | None:
    """Address and content, or None when the version has none. Raises DataError when it cannot be read."""
    keys = _keys(shelf, f"{_folder(model, version)}/")
    if not keys:
        return None
    data = _parsed(shelf.read(keys[-1]), keys[-1])
    try:
        reference = None if data["reference"] is None else Reference.from_json(data["reference"])
        found = Baseline(model, version, data["time"], data["source"], data["reason"], reference)
    except (KeyError, TypeError, ValueError) as error:
        raise DataError("the baseline cannot be read", given=f"{keys[-1]}: {error}") from error
    return f"{shelf.root}/{keys[-1]}", found


def time_now() -> str:
    return now().isoformat()


def _folder(model: str, version: str) -> str:
    return f"{BASELINES}/{quote(model, safe='')}/v{version}"


def _keys(shelf: Shelf, prefix: str) -> list[str]:
    """By time, and of one second by number."""
    found = [key for key in shelf.list_keys(prefix) if key.endswith(".json")]
    return sorted(found, key=lambda key: (key.removesuffix(".json").split("Z")[0], len(key), key))


def _parsed(content: bytes, where: str) -> dict[str, Any]:
    try:
        data = json.loads(content)
    except ValueError as error:
        raise DataError(
            "this is no JSON", given=where, change="make it anew: `mlops drift check`, `mlops drift baseline`",
            details=(str(error),),
        ) from error  # fmt: skip
    if not isinstance(data, dict):
        raise DataError("this is no JSON object", given=where)
    return data
