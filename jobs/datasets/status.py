"""Availability and freshness of datasets."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from jobs.datasets.catalog import Catalog
from jobs.datasets.moment import key_of


@dataclass(frozen=True)
class Status:
    """The newest snapshot of a dataset; `stale` is older than was asked for."""

    name: str
    newest: datetime
    age: timedelta
    stale: bool
    rows: int
    labelled: bool
    snapshots: int

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {**asdict(self), "newest": key_of(self.newest), "age": self.age.total_seconds()}


def status_of(catalog: Catalog, names: list[str], now: datetime, max_age: timedelta | None) -> list[Status]:
    """Raises DataError when there is no such dataset."""
    newest = [catalog.newest(name) for name in names]
    return [
        Status(
            name=one.name,
            newest=one.time,
            age=now - one.time,
            stale=max_age is not None and now - one.time > max_age,
            rows=one.rows,
            labelled=one.labelled,
            snapshots=len(catalog.snapshots(one.name)),
        )
        for one in catalog.manifests(newest)
    ]
