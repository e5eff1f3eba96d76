"""A PostgreSQL that starts where `mlops wal recover` wants one, as the one beside that Job does."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from jobs.wal.files import DATA
from jobs.wal.recover import READY
from tests.jobs.support import running
from tests.support.postgres import NOBODY


@contextlib.contextmanager
def server(programs: Path, folder: Path, port: int) -> Iterator[list[str]]:
    """Once the folder is laid out, until the end of the block; the lines of its log are there afterwards."""
    ended, log = threading.Event(), list[str]()

    def start() -> None:
        while not (folder / READY).exists():
            if ended.wait(0.05):
                return
        nobody = NOBODY if os.geteuid() == 0 else ()
        command = (*nobody, str(programs / "postgres"), "-D", str(folder / DATA), "-c", f"port={port}")
        with running(*command, env={}) as process:
            ended.wait()
            log.extend(process.lines)

    thread = threading.Thread(target=start)
    thread.start()
    try:
        yield log
    finally:
        ended.set()
        thread.join()
