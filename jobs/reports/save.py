"""Puts a report where it belongs: `<name>.html` for people and `<name>.json` for machines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jobs.errors import ConfigError, explain
from jobs.reports.page import Page, html
from jobs.store import write_object


def save(place: str, name: str, page: Page, data: Mapping[str, Any]) -> str:
    """Below a folder or `s3://bucket/prefix`; a report of the same name is replaced (the store keeps it as a version).

    Returns the page's address. Raises ConfigError on a folder that cannot be written, UnreachableError.
    """
    files = {
        f"{name}.json": ("application/json", json.dumps(data, indent=1, default=str)),
        f"{name}.html": ("text/html; charset=utf-8", html(page)),
    }
    for file, (content_type, content) in files.items():
        if place.startswith("s3://"):
            write_object(f"{place.rstrip('/')}/{file}", content.encode(), content_type)
        else:
            _write(Path(place) / file, content)
    return f"{place.rstrip('/')}/{name}.html"


def _write(path: Path, content: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}")
        unfinished.write_text(content)
        unfinished.replace(path)
    except OSError as error:
        raise explain(error) or ConfigError(
            "the report cannot be written", given=path, change="give a place where you may write", details=(str(error),)
        ) from error
