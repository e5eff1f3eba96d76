"""The rows of a rollout's time from the inference log: those served, and those copied."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from jobs.datasets.shelf import Shelf
from jobs.deployment.ledger import Rollout
from jobs.monitoring.logged import Logged, read_object
from jobs.serving.inference_log_place import SHADOW, hour_of


def rows(log: Shelf, rollout: Rollout, *, copied: bool) -> Iterator[Logged]:
    """Raises UnreachableError, DataError."""
    model = rollout.order.model
    top = f"{SHADOW}/{model}" if copied else model
    end = rollout.outcome.time if rollout.outcome else datetime.now(UTC)
    begun = rollout.order.time
    start = begun.replace(minute=0, second=0, microsecond=0)
    for day in range((end.date() - start.date()).days + 1):
        for key in log.list_keys(f"{top}/{start + timedelta(days=day):%Y/%m/%d}/"):
            hour = hour_of(top, key)
            if hour is not None and start <= hour <= end:
                yield from (one for one in read_object(log.read(key), key) if begun <= one.time <= end)
