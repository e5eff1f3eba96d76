"""Where requests, starts and outcomes are kept."""

from __future__ import annotations

import os

from jobs.datasets.shelf import Shelf, shelf_of
from jobs.places import bucket

PLACE = "MLOPS_RETRAINING"


def shelf_at(place: str | None = None) -> Shelf:
    """What is given, MLOPS_RETRAINING, or `retraining/` in the bucket of features."""
    return shelf_of(place or os.environ.get(PLACE) or f"s3://{bucket('features')}/retraining")


def address(shelf: Shelf, key: str) -> str:
    """A path, or `s3://…`."""
    return f"{shelf.root}/{key}"
