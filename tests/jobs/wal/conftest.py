"""A platform whose log is kept, and a PostgreSQL that starts where a recovery wants one."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from jobs.backup.sets import Sets
from jobs.wal.archive import pieces_of
from jobs.wal.base import keys
from jobs.wal.recover import READY
from tests.jobs.recovery import Recovery
from tests.jobs.support import Outcome, Process, free_port, mlops, running
from tests.support.postgres import NOBODY

PLACE = "s3://backups"


@dataclass(frozen=True)
class Platform:
    """`archiving` runs `mlops wal archive` as a process of its own."""

    recovery: Recovery
    programs: Path
    folder: Path

    @contextlib.contextmanager
    def archiving(self, *options: str) -> Iterator[Process]:
        import sys

        words = (sys.executable, "-m", "jobs", "wal", "archive", "--every", "1", *options)
        with running(*words, env={"PGUSER": "backup"}) as process:
            yield process

    def insert(self, text: str) -> datetime:
        """One row of studies, committed → the server's time after it."""
        self.recovery.ask(f"INSERT INTO trials (name) VALUES ('{text}')", "studies")
        return self.now()

    def now(self) -> datetime:
        ((time,),) = self.recovery.ask("SELECT clock_timestamp()")
        found: datetime = time
        return found.astimezone(UTC)

    def until_kept(self, wanted: datetime, seconds: float = 30) -> None:
        """Until the log in the bucket, with a base, leads to this time."""
        shelf = Sets.at(PLACE).shelf
        until = time.monotonic() + seconds
        while (
            not keys(shelf)
            or max((one.time for one in pieces_of(shelf)), default=wanted) < wanted
            or not pieces_of(shelf)
        ):
            assert time.monotonic() < until, f"no piece up to {wanted}"
            time.sleep(0.05)

    def recover(self, at: datetime) -> Outcome:
        """`mlops wal recover` beside a PostgreSQL of nobody's."""
        folder = self.folder / f"recovery-{time.monotonic_ns()}"
        port = free_port()
        ended = threading.Event()
        said: list[Any] = []

        def start() -> None:
            while not (folder / READY).exists():
                if ended.wait(0.05):
                    return
            nobody = NOBODY if os.geteuid() == 0 else ()
            command = (*nobody, str(self.programs / "postgres"), "-D", str(folder / "data"), "-c", f"port={port}")
            with running(*command, env={}) as process:
                ended.wait()
                said.extend(process.lines)

        server = threading.Thread(target=start)
        before = os.environ["PGPORT"]
        os.environ["PGPORT"] = str(port)
        server.start()
        try:
            return mlops(
                "wal", "recover", "--json", "--at", at.isoformat(), "--folder", str(folder),
                "--identity", str(self.recovery.key),
            )  # fmt: skip
        finally:
            os.environ["PGPORT"] = before
            ended.set()
            server.join()
            print(*said)


@pytest.fixture
def platform(recovery: Recovery, postgres_programs: Path, tmp_path: Path) -> Iterator[Platform]:
    yield Platform(recovery, postgres_programs, tmp_path)
    # Its process has ended, and the server sees that soon.
    recovery.server.wait_for("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM pg_replication_slots WHERE active)")
    recovery.ask("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")
