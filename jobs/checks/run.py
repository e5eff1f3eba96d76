"""Asks all questions at once; one that gets no answer in time is bad, and keeps no other waiting."""

from __future__ import annotations

import importlib
import queue
import threading
import time
from collections.abc import Sequence

from jobs.checks.check import Check, Finding, Result, bad
from jobs.checks.system import System
from jobs.errors import explain

LONGEST = 300
LIBRARIES = ("boto3", "httpx", "kubernetes.client")


def load() -> None:
    """The clients' libraries: to import them is not the platform's time, and on a busy machine the most of it."""
    for library in LIBRARIES:
        importlib.import_module(library)


def run(checks: Sequence[Check], system: System, seconds: float) -> list[Result]:
    """Results in the order of the checks, after `seconds` at the latest."""
    load()
    began = time.monotonic()
    done: queue.SimpleQueue[tuple[int, Finding, float]] = queue.SimpleQueue()
    for place, check in enumerate(checks):
        # Not waited for at the end of the process: it may hang in a call.
        threading.Thread(target=_answer, args=(place, check, system, done), daemon=True).start()
    found: dict[int, tuple[Finding, float]] = {}
    while len(found) < len(checks):
        try:
            place, finding, took = done.get(timeout=max(began + seconds - time.monotonic(), 0.001))
        except queue.Empty:
            break
        found[place] = finding, took
    late = bad(f"no answer within {seconds:.0f} s", "look at this part's pods and logs: `make status`"), seconds
    return [_result(check, *found.get(place, late)) for place, check in enumerate(checks)]


def _answer(place: int, check: Check, system: System, done: queue.SimpleQueue[tuple[int, Finding, float]]) -> None:
    start = time.monotonic()
    try:
        finding = check.ask(system)
    except Exception as error:
        finding = _told(error)
    done.put((place, finding, time.monotonic() - start))


def _told(error: Exception) -> Finding:
    known = explain(error)
    if known is None:
        return bad(f"{type(error).__name__}: {error}"[:LONGEST], "")
    given = f": {known.given}" if known.given is not None else ""
    return bad(f"{known.problem}{given}"[:LONGEST], known.change or "", *known.details)


def _result(check: Check, finding: Finding, took: float) -> Result:
    says = finding.says.replace("\n", " ")
    return Result(check.name, finding.state, says, finding.change, finding.details, round(took * 1000, 1))
