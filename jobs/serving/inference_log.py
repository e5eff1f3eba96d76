"""The server's inference log: a bounded queue that requests append to, and a thread that writes it away."""

from __future__ import annotations

import gzip
import logging
import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from jobs.serving.answer import Answer
from jobs.serving.inference_log_line import Entry, lines
from jobs.serving.inference_log_place import key, write
from jobs.serving.served import Served

LOG = logging.getLogger("mlops.serving")
# Of an entry beside its bodies.
ENTRY_BYTES = 300
LOOK_SECONDS = 1.0
# A store that is down is tried again after 1, 2, 4, … seconds.
MAX_PAUSE_SECONDS = 30.0
# Of the seconds that Kubernetes leaves after the last request, see the server's grace period.
STOP_SECONDS = 4.0


@dataclass(frozen=True)
class Limits:
    """An object is written after so many seconds, rows or bytes, whichever is first; `queue_bytes` may wait."""

    seconds: float
    rows: int
    bytes: int
    queue_bytes: int


@dataclass(frozen=True)
class Batch:
    """An object that is not in the store yet."""

    name: str
    content: bytes
    rows: int


class InferenceLog:
    """`put` never waits and never fails: what does not fit is dropped and counted.

    One thread puts (the server's loop), one takes; so each total has one writer, and no lock is needed.
    """

    def __init__(
        self, place: str, limits: Limits, written: Callable[[int], None], dropped: Callable[[int], None],
        write: Callable[[str, str, bytes], None] = write,
    ) -> None:  # fmt: skip
        self._place = place
        self._limits = limits
        self._on_written = written
        self._on_dropped = dropped
        self._write = write
        self._queue: deque[Entry] = deque()
        self._put_bytes = self._put_rows = 0
        self._taken_bytes = self._taken_rows = 0
        # A pod that is started again must not write over the objects of its first life.
        self._writer = f"{os.environ.get('HOSTNAME') or socket.gethostname()}-{int(time.time() * 1000)}"
        self._number = 0
        self._unwritten: Batch | None = None
        self._pause = 0.0
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="inference-log", daemon=True)

    def put(
        self, request: str, served: Served, content_type: str, body: bytes, answer: Answer, *, shadow: bool = False
    ) -> None:
        """One answered request."""
        size = len(body) + len(answer.body) + ENTRY_BYTES
        waiting = self._put_bytes - self._taken_bytes + size
        if waiting > self._limits.queue_bytes:
            self._on_dropped(answer.rows)
            return
        self._put_bytes += size
        self._put_rows += answer.rows
        self._queue.append(
            Entry(
                time.time(), request, served, content_type, body, answer.content_type, answer.body, answer.rows, shadow
            )
        )
        if waiting >= self._limits.bytes:
            self._wake.set()

    def start(self) -> None:
        self._thread.start()

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Writes what is left, for this long at most."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(seconds)
        if self._queue or self._unwritten:
            LOG.warning("the inference log was not written to its end", extra={"rows": self._waiting_rows()})

    def _waiting_rows(self) -> int:
        return self._put_rows - self._taken_rows + (self._unwritten.rows if self._unwritten else 0)

    def _run(self) -> None:
        while not self._stopping.is_set():
            if self._pause:
                # Full queues wake the thread; a store that is down is left in peace all the same.
                self._stopping.wait(self._pause)
            else:
                self._wake.wait(min(LOOK_SECONDS, self._limits.seconds))
            self._wake.clear()
            while (self._unwritten or self._due()) and self._step():
                pass
        while (self._unwritten or self._queue) and self._step():
            pass

    def _due(self) -> bool:
        return bool(self._queue) and (
            self._put_bytes - self._taken_bytes >= self._limits.bytes
            or self._put_rows - self._taken_rows >= self._limits.rows
            or time.time() - self._queue[0].time >= self._limits.seconds
        )

    def _step(self) -> bool:
        """Writes one object → whether it is in the store. Never raises: the thread must outlive every mistake."""
        batch = self._unwritten or self._packed(self._take())
        if batch is None:
            return True
        try:
            self._write(self._place, batch.name, batch.content)
        except Exception as error:
            if not self._pause:
                LOG.warning("the inference log cannot be written", extra={"reason": str(error)[:300]})
            self._unwritten = batch
            self._pause = min(MAX_PAUSE_SECONDS, self._pause * 2 or LOOK_SECONDS)
            return False
        if self._pause:
            LOG.info("the inference log is written again")
        self._unwritten, self._pause = None, 0.0
        self._on_written(batch.rows)
        return True

    def _take(self) -> list[Entry]:
        """The oldest entries of one kind, up to the limits of an object."""
        kind = _kind(self._queue[0])
        entries: list[Entry] = []
        size = rows = 0
        while self._queue and size < self._limits.bytes and rows < self._limits.rows:
            if _kind(self._queue[0]) != kind:
                break
            entry = self._queue.popleft()
            entries.append(entry)
            size += len(entry.body) + len(entry.answer) + ENTRY_BYTES
            rows += entry.rows
        self._taken_bytes += size
        self._taken_rows += rows
        return entries

    def _packed(self, entries: list[Entry]) -> Batch | None:
        """None: what cannot be written as lines is dropped."""
        rows = sum(entry.rows for entry in entries)
        self._number += 1
        try:
            first = entries[0]
            name = key(first.served.champion.model, first.time, self._writer, self._number, shadow=first.shadow)
            # Level 1: small already, and the least of the processor's time.
            return Batch(name, gzip.compress(lines(entries), 1, mtime=0), rows)
        except Exception:
            LOG.exception("the inference log lost entries", extra={"rows": rows})
            self._on_dropped(rows)
            return None


def _kind(entry: Entry) -> tuple[int, bool]:
    """What an object has entries of: one hour, and either answers or shadows."""
    return int(entry.time // 3600), entry.shadow
