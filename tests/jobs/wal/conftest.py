"""A platform whose log is kept, and a PostgreSQL that starts where a recovery wants one."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jobs.backup.sets import Sets
from jobs.wal.kept import spans_of
from tests.jobs.recovery import Recovery
from tests.jobs.support import Outcome, Process, free_port, mlops, running
from tests.support import recovering as beside

PLACE = "s3://backups"


@dataclass(frozen=True)
class Platform:
    """`archiving` runs `mlops wal archive` as a process of its own, a piece each second unless other words say so."""

    recovery: Recovery
    programs: Path
    folder: Path

    @contextlib.contextmanager
    def archiving(self, *words: str) -> Iterator[Process]:
        command = words or ("wal", "archive", "--every", "1")
        with running(sys.executable, "-m", "jobs", *command, env={"PGUSER": "backup"}) as process:
            yield process

    def insert(self, text: str) -> datetime:
        """One row of studies, committed → the server's time after it."""
        self.recovery.ask(f"INSERT INTO trials (name) VALUES ('{text}')", "studies")
        return self.now()

    def now(self) -> datetime:
        ((time,),) = self.recovery.ask("SELECT clock_timestamp()")
        found: datetime = time
        return found.astimezone(UTC)

    def until_kept(self, wanted: datetime | None = None, seconds: float = 30) -> None:
        """Until the log in the bucket leads to this time, or to any."""
        shelf = Sets.at(PLACE).shelf
        until = time.monotonic() + seconds
        while not [one for one in spans_of(shelf, print) if wanted is None or one.last >= wanted]:
            assert time.monotonic() < until, f"the log does not lead to {wanted or 'any time'}"
            time.sleep(0.05)

    def recover(self, at: datetime | None) -> Outcome:
        """`mlops wal recover` beside a PostgreSQL of nobody's."""
        folder, port = self.folder / f"recovery-{time.monotonic_ns()}", free_port()
        words = [
            "--folder",
            str(folder),
            "--identity",
            str(self.recovery.key),
            *(["--at", at.isoformat()] if at else []),
        ]
        with pytest.MonkeyPatch.context() as patch, beside.server(self.programs, folder, port) as log:
            patch.setenv("PGPORT", str(port))
            found = mlops("wal", "recover", "--json", *words)
        print(*log)
        return found


@pytest.fixture
def platform(recovery: Recovery, postgres_programs: Path, tmp_path: Path) -> Iterator[Platform]:
    yield Platform(recovery, postgres_programs, tmp_path)
    # Its process has ended, and the server sees that soon.
    recovery.server.wait_for("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM pg_replication_slots WHERE active)")
    recovery.ask("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")
