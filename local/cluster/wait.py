"""Waiting for a condition: polls it, and when it does not come true in time says what it waited for and why not."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from local.errors import LocalError

T = TypeVar("T")
POLL_SECONDS = 0.1


def until(
    what: str,
    condition: Callable[[], T],
    *,
    seconds: float = 30,
    why_not: Callable[[], str] = lambda: "",
    report: Callable[[str], None] | None = None,
) -> T:
    """Returns the first true value. Every 10 s it reports `why_not()`; after `seconds` it raises with it."""
    began = reported = time.monotonic()
    while True:
        value = condition()
        if value:
            return value
        now = time.monotonic()
        if now - began > seconds:
            raise LocalError(f"waited {seconds:.0f} s for {what}, in vain. {why_not()}".rstrip())
        if report and now - reported > 10:
            reported = now
            report(f"waiting for {what}: {why_not()}")
        time.sleep(POLL_SECONDS)
