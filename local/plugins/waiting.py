"""Waiting: asks for a state again and again until it is ready, failed, late or cancelled."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

from local.plugins.errors import Cancelled

# Asked quickly at first (most objects are ready within a second), then every two seconds.
_FIRST_PAUSE, _LONGEST_PAUSE, _GROWTH = 0.1, 2.0, 1.4


@dataclass(frozen=True)
class Ready:
    """Nothing left to wait for."""


@dataclass(frozen=True)
class Pending:
    """Not yet; `reason` says what is missing."""

    reason: str


@dataclass(frozen=True)
class Failed:
    """It will not become ready by waiting."""

    reason: str


State = Ready | Pending | Failed


class NotReady(Exception):
    """It failed or ran out of time; the text is the last known reason."""


def wait(state: Callable[[], State], seconds: float, cancelled: Event, report: Callable[[str], None]) -> None:
    """Returns when `state` answers Ready. `report` is told each new reason for waiting."""
    deadline = time.monotonic() + seconds
    pause, said = _FIRST_PAUSE, ""
    while True:
        now = state()
        if isinstance(now, Ready):
            return
        if isinstance(now, Failed):
            raise NotReady(now.reason)
        said = _tell(now, said, report)
        left = deadline - time.monotonic()
        if left <= 0:
            raise NotReady(f"not ready after {seconds:.0f} s: {now.reason}")
        if cancelled.wait(min(pause, left)):
            raise Cancelled(f"cancelled while waiting: {now.reason}")
        pause = min(pause * _GROWTH, _LONGEST_PAUSE)


def _tell(now: Pending, said: str, report: Callable[[str], None]) -> str:
    if now.reason != said:
        report(now.reason)
    return now.reason
