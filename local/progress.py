"""Progress of long work on the terminal: one line per event, with the seconds since the command started."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


class Progress:
    """Writes `[ 12.3 s] text` lines. Safe to call from several threads."""

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self._stream = stream
        self._start = time.monotonic()
        self._lock = threading.Lock()

    @property
    def elapsed(self) -> float:
        """Seconds since this progress was made."""
        return time.monotonic() - self._start

    def __call__(self, text: str) -> None:
        with self._lock:
            print(f"[{self.elapsed:6.1f} s] {text}", file=self._stream, flush=True)

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Announces a step and, when it ends well, how long it took."""
        began = time.monotonic()
        self(f"{title} …")
        yield
        self(f"{title}: done in {time.monotonic() - began:.1f} s")
