"""How a command that is asked to end leaves nothing open."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# 128 + SIGTERM, as a shell tells it.
TERMINATED = 143


@contextmanager
def in_order() -> Iterator[None]:
    """SIGTERM (a deadline, a drained node, `kill`) ends the block like Ctrl-C: runs and files in it are closed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
