"""What a platform has acknowledged, written down on another machine: one line for each run."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TextIO

from pydantic import ValidationError

from jobs.config import Frozen
from jobs.errors import DataError

METRICS, PARAMS = 5, 5


class Write(Frozen):
    """A run that the platform said is stored: with its file, if it has one (sha256), and finished."""

    time: float
    number: int
    run: str
    file: str | None = None

    @property
    def metrics(self) -> dict[str, float]:
        return metrics_of(self.number)

    @property
    def params(self) -> dict[str, str]:
        return params_of(self.number)


def metrics_of(number: int) -> dict[str, float]:
    """Every run has its own figures, so that no run can pass for another."""
    return {f"m{place}": number + place / 8 for place in range(METRICS)}


def params_of(number: int) -> dict[str, str]:
    return {f"p{place}": f"{number}-{place}" for place in range(PARAMS)}


class Journal:
    """A file to append to, from several threads; what is acknowledged is in it before the caller goes on."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        self._file: TextIO | None = None

    def __enter__(self) -> Journal:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("a")
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        assert self._file
        self._file.close()

    def add(self, number: int, run: str, file: str | None) -> None:
        assert self._file
        with self._lock:
            write = Write(time=time.time(), number=number, run=run, file=file)
            self._file.write(write.model_dump_json() + "\n")
            self._file.flush()


def read(path: Path) -> list[Write]:
    """By time; a last line that was cut off by a kill is none. Raises DataError."""
    try:
        lines: Sequence[str] = path.read_text().splitlines(keepends=True)
        writes = [Write.model_validate_json(line) for line in lines if line.endswith("\n")]
    except (OSError, ValidationError) as error:
        raise DataError(
            "the journal cannot be read", given=path, change="give the file that `mlops dr load` wrote",
            details=(str(error)[:300],),
        ) from error  # fmt: skip
    return sorted(writes, key=lambda one: one.time)
