"""Logs calls of language models into MLflow without the caller ever waiting for it, or failing by it."""

from __future__ import annotations

import atexit

# Registers itself with the interpreter's end, which can no more be done once that has begun; MLflow's client needs it.
import concurrent.futures.thread  # noqa: F401
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

from jobs.gateway.call import Call
from jobs.gateway.runs import CALLS_PER_REQUEST, GatewayRuns

LOG = logging.getLogger("mlops.gateway")
EXPERIMENT = "gateway"
# A server that is down is tried again after 1, 2, 4, … seconds.
FIRST_PAUSE, MAX_PAUSE = 1.0, 30.0
# What MLflow refuses so often will be refused for ever, and must not keep others waiting.
REFUSALS = 3
# A program that ends at once waits for the import of MLflow.
EXIT_SECONDS = 20.0


class Sink(Protocol):
    """Where calls go; used by one thread."""

    def write(self, calls: Sequence[Call]) -> int: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Stats:
    """Calls so far. `dropped`: the queue was full; `refused`: they, or their batch, were not to be written."""

    accepted: int
    dropped: int
    written: int
    refused: int
    waiting: int


class GatewayLogger:
    """Calls of any thread go into a bounded queue; one thread writes them in batches.

        with logger.request("rag", "small-model", 0.7) as call:
            answer = ask(...)
            call.tokens, call.citations = answer.tokens, answer.citations

    A queue that is full drops the newest calls. Works on in a forked process, with a queue of its own.
    """

    def __init__(
        self, experiment: str = EXPERIMENT, *, capacity: int = 10_000, seconds: float = 2.0, sink: Sink | None = None
    ) -> None:
        self._capacity = capacity
        self._seconds = seconds
        self._make_sink: Callable[[], Sink] = lambda: GatewayRuns(experiment) if sink is None else sink
        self._closed = False
        self._begin()
        atexit.register(self._at_exit)

    def log(self, call: Call) -> bool:
        """Whether the call was accepted. Never raises, never waits."""
        if self._process != os.getpid():
            self._begin()
        if self._closed or len(self._queue) >= self._capacity:
            with self._dropping:
                self._dropped += 1
            return False
        self._queue.append(call)
        if len(self._queue) >= CALLS_PER_REQUEST:
            self._wake.set()
        return True

    @contextmanager
    def request(self, domain: str, model: str, temperature: float | None = None) -> Iterator[Call]:
        """Measures the block and logs it, also when it raises; the block fills in what it knows of the answer."""
        call = Call(domain, model, temperature)
        started = time.perf_counter()
        try:
            yield call
        except BaseException as error:
            call.error = type(error).__name__
            raise
        finally:
            if call.response_time is None:
                call.response_time = time.perf_counter() - started
            self.log(call)

    def flush(self, seconds: float = 10.0) -> bool:
        """Waits until everything that was accepted before is written or refused → whether it is."""
        self._wake.set()
        with self._done:
            return self._done.wait_for(lambda: not self._queue and not self._taken, timeout=seconds)

    def close(self, seconds: float = 5.0) -> Stats:
        """Writes what is left, for this long at most, and ends the runs; a second time does nothing."""
        self._closed = True
        self._closing.set()
        self._wake.set()
        if self._process == os.getpid() and self._thread.is_alive():
            self._thread.join(seconds)
            if lost := len(self._queue) + len(self._taken):
                LOG.warning("%d calls were not written before the end", lost)
        with suppress(Exception):
            atexit.unregister(self._at_exit)
        return self.stats

    @property
    def stats(self) -> Stats:
        waiting = len(self._queue) + len(self._taken)
        accepted = self._written + self._refused + waiting
        return Stats(accepted, self._dropped, self._written, self._refused, waiting)

    def _at_exit(self) -> None:
        self.close(EXIT_SECONDS)

    def _begin(self) -> None:
        self._process = os.getpid()
        self._queue: deque[Call] = deque()
        self._taken: list[Call] = []
        self._dropped = self._written = self._refused = 0
        self._dropping = threading.Lock()
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._done = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="gateway-logger", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        sink = self._make_sink()
        while not self._closed:
            self._wake.wait(self._seconds)
            self._wake.clear()
            self._drain(sink)
        self._drain(sink)
        with suppress(Exception):
            sink.close()

    def _drain(self, sink: Sink) -> None:
        """Writes until the queue is empty. Never raises: the thread must outlive every mistake."""
        refusals, pause = 0, FIRST_PAUSE
        while self._queue or self._taken:
            if not self._taken:
                self._take()
            try:
                left_out = sink.write(self._taken)
            except Exception as error:
                if _is_refusal(error):
                    refusals += 1
                if pause == FIRST_PAUSE:
                    LOG.warning("%d calls cannot be written yet: %s", len(self._taken), str(error)[:300])
                if refusals >= REFUSALS:
                    self._end_batch(len(self._taken))
                    refusals = 0
                    continue
                if self._closed and not _is_refusal(error):
                    return
                # Full queues wake the thread; a server that is down is left in peace all the same.
                self._closing.wait(0 if _is_refusal(error) else pause)
                pause = min(MAX_PAUSE, pause * 2)
                continue
            self._end_batch(left_out)
            refusals, pause = 0, FIRST_PAUSE

    def _take(self) -> None:
        """The oldest calls of one series. The thread is the only one that takes, and a call is always in a list."""
        first = _series(self._queue[0])
        while self._queue and len(self._taken) < CALLS_PER_REQUEST and _series(self._queue[0]) == first:
            self._taken.append(self._queue[0])
            self._queue.popleft()

    def _end_batch(self, refused: int) -> None:
        with self._done:
            self._written += len(self._taken) - refused
            self._refused += refused
            self._taken = []
            self._done.notify_all()


def _series(call: Call) -> tuple[str, str, str] | None:
    """None for what is no call."""
    try:
        return call.series
    except Exception:
        return None


def _is_refusal(error: Exception) -> bool:
    """Whether the server, or the client, answered that this is wrong; anything else may pass with time."""
    from mlflow.exceptions import MlflowException, RestException

    if isinstance(error, RestException):
        return int(error.get_http_status_code()) < 500  # type: ignore[no-untyped-call]
    return not isinstance(error, (MlflowException, OSError))
