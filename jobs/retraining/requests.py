"""Where drift asks for a retraining: an object that is made once, whatever finds the same drift again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobs.datasets.shelf import Shelf
from jobs.retraining.place import address, shelf_at
from jobs.retraining.request import Request


def request(report: Mapping[str, Any], place: str | None = None) -> str | None:
    """Address of the request for this drift report, new or not; None when it tells no drift.

    Raises UnreachableError when the store is down: then nothing was asked, and the next check finds the drift again.
    """
    if not report.get("drifted"):
        return None
    return ask(Request.of_report(report), shelf_at(place))


def ask(wanted: Request, shelf: Shelf) -> str:
    """Its address. The same model, version and data ask once."""
    shelf.create(wanted.key, wanted.model_dump_json().encode())
    return address(shelf, wanted.key)
