"""Archives whatever is due in every dataset, and ends what an earlier run began."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from jobs.datasets.archive import Archived, archive, due, interrupted
from jobs.datasets.catalog import Catalog, Snapshot
from jobs.errors import DataError


@dataclass(frozen=True)
class Swept:
    """What was due, what was done with it in bytes before and after, and the folders that failed, with why."""

    due: tuple[Snapshot, ...]
    done: tuple[Archived, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)

    @property
    def before(self) -> int:
        return sum(one.before for one in self.done)

    @property
    def after(self) -> int:
        return sum(one.after for one in self.done)

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {
            "due": [one.folder for one in self.due],
            "archived": [one.snapshot.folder for one in self.done],
            "failed": dict(self.failed),
            "bytesBefore": self.before,
            "bytesAfter": self.after,
        }


def sweep(catalog: Catalog, now: datetime, older_than: timedelta, apply: bool, say: Callable[[str], None]) -> Swept:
    """A snapshot that cannot be archived stays and is told; the others go on. Raises UnreachableError."""
    waiting = [one for name in catalog.names() for one in due(catalog.snapshots(name), now, older_than)]
    waiting += interrupted(catalog)
    done: list[Archived] = []
    failed: dict[str, str] = {}
    for snapshot in waiting:
        if not apply:
            say(f"{snapshot.folder}: would be archived")
            continue
        try:
            done.append(archive(catalog, snapshot))
            say(f"{snapshot.folder}: archived")
        except DataError as error:
            failed[snapshot.folder] = str(error)
            say(f"{snapshot.folder}: not archived, kept as it is: {error}")
    return Swept(tuple(waiting), tuple(done), failed)
