"""A performance test of a target that has a client of its own: a thread for each connection."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from jobs.deployment.bench import OK, Effort, Measured
from jobs.errors import ConfigError, MlopsError
from jobs.serving.client import PredictionError

Records = list[dict[str, Any]]
# Connections that botocore keeps; one thread more would connect anew for each request, and that would be measured.
MOST = 10


def bench(ask: Callable[[Records], dict[str, Any]], bodies: Sequence[bytes], effort: Effort, model: str) -> Measured:
    """Measures it. One request of each thread goes first and is not counted: it connects.

    Raises what `ask` raises of the first request, PredictionError when that is refused, MlopsError when it is answered
    by another model.
    """
    if effort.connections > MOST:
        raise ConfigError("AWS' client keeps fewer connections", given=effort.connections, allowed=f"1 to {MOST}")
    requests: list[Records] = [json.loads(body)["records"] for body in bodies]
    first = ask(requests[0])
    if "predictions" not in first:
        raise PredictionError("the first request is refused, so nothing was measured", given=str(first)[:300])
    if first["model"] != model:
        raise MlopsError("another model answers", given=first["model"], allowed=model)
    numbers = iter(range(effort.requests))

    def until(end: float) -> list[tuple[str, float]]:
        found = []
        for number in numbers:
            start = time.perf_counter()
            if start >= end:
                break
            status = _status(ask, requests[number % len(requests)])
            found.append((status, (time.perf_counter() - start) * 1000))
        return found

    with ThreadPoolExecutor(effort.connections) as threads:
        list(threads.map(lambda _: _status(ask, requests[0]), range(effort.connections)))
        begin = time.perf_counter()
        ends = [begin + effort.seconds] * effort.connections
        found = [one for answered in threads.map(until, ends) for one in answered]
        seconds = time.perf_counter() - begin
    times = [milliseconds for status, milliseconds in found if status == OK]
    return Measured(seconds, Counter(status for status, _ in found), times)


def _status(ask: Callable[[Records], dict[str, Any]], records: Records) -> str:
    """Of a good answer 200; of a refused one its status, or AWS' word for it; else what happened instead."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        answer = ask(records)
    except ClientError as error:
        return error.response["Error"]["Code"]
    except (BotoCoreError, MlopsError) as error:
        return type(error).__name__
    return OK if "predictions" in answer else str(answer["status"])
