"""How long a call takes, inside a process."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any


def milliseconds(call: Callable[[], Any], repetitions: int) -> float:
    """Median, after a fifth as many calls that are not counted."""
    times = []
    for number in range(repetitions + repetitions // 5):
        begin = time.perf_counter()
        call()
        if number >= repetitions // 5:
            times.append(time.perf_counter() - begin)
    return statistics.median(times) * 1000
