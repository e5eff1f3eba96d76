"""A performance test of what serves, over HTTP as clients see it: real rows, many connections, latency and errors."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx

from jobs.errors import MlopsError, UnreachableError
from jobs.serving.client import KEY_HEADER, PredictionError

OK = "200"
TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True)
class Effort:
    """So many connections, each with one request under way, until so many requests or seconds, whichever is first."""

    requests: int
    connections: int
    seconds: float


@dataclass(frozen=True)
class Limits:
    """p95 of good answers in milliseconds, and the share of requests without a good answer; None: no limit."""

    p95: float | None = None
    errors: float | None = 0.0


@dataclass
class Measured:
    """`statuses` by status, or by what happened instead of an answer; `times` of good answers in milliseconds."""

    seconds: float = 0.0
    statuses: Counter[str] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)
    tracks: Counter[str] = field(default_factory=Counter)

    @property
    def sent(self) -> int:
        return self.statuses.total()

    @property
    def errors(self) -> float:
        """Share of requests without a good answer; 1 without any request."""
        return 1 - self.statuses[OK] / self.sent if self.sent else 1.0

    def percentile(self, percent: int) -> float | None:
        """Of good answers, in milliseconds."""
        if len(self.times) < 2:
            return self.times[0] if self.times else None
        return statistics.quantiles(self.times, n=100, method="inclusive")[percent - 1]

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {
            "requests": self.sent, "seconds": round(self.seconds, 3),
            "requestsPerSecond": round(self.sent / self.seconds, 1) if self.seconds else None,
            "milliseconds": {f"p{percent}": self.percentile(percent) for percent in (50, 95, 99)},
            "errors": self.errors, "statuses": dict(self.statuses), "tracks": dict(self.tracks),
        }  # fmt: skip


def exceeded(measured: Measured, limits: Limits) -> list[str]:
    """What is above its limit, in words; without a good answer no p95 is kept. Pure."""
    found = []
    p95 = measured.percentile(95)
    if limits.errors is not None and measured.errors > limits.errors:
        found.append(f"{measured.errors:.2%} of {measured.sent} requests failed, allowed are {limits.errors:.2%}")
    if limits.p95 is not None and p95 is None:
        found.append(f"no request was answered, so p95 is not within {limits.p95:g} ms")
    elif limits.p95 is not None and p95 is not None and p95 > limits.p95:
        found.append(f"p95 is {p95:.1f} ms, allowed are {limits.p95:g} ms")
    return found


def bodies(records: Sequence[dict[str, Any]], rows: int) -> list[bytes]:
    """Requests of so many rows each, from the first row on; the last rows of a table that do not fill one are left."""
    starts = range(0, max(len(records) - rows, 0) + 1, rows)
    return [json.dumps({"records": list(records[start : start + rows])}).encode() for start in starts]


async def bench(url: str, key: str | None, requests: Sequence[bytes], effort: Effort, model: str = "") -> Measured:
    """Measures it. One request of each connection goes first and is not counted: it connects.

    Raises UnreachableError without any answer, PredictionError when the first request is refused or when it is answered
    by another model than `model`.
    """
    limits = httpx.Limits(max_connections=effort.connections, max_keepalive_connections=effort.connections)
    headers = {"content-type": "application/json", **({KEY_HEADER: key} if key else {})}
    async with httpx.AsyncClient(base_url=url, headers=headers, limits=limits, timeout=TIMEOUT_SECONDS) as client:
        await _first(client, requests[0], model)
        await asyncio.gather(*(_uncounted(client, requests[0]) for _ in range(effort.connections)))
        measured = Measured()
        numbers = iter(range(effort.requests)) if effort.requests else count()
        begin = time.perf_counter()
        until = begin + effort.seconds
        await asyncio.gather(*(_ask(client, requests, numbers, until, measured) for _ in range(effort.connections)))
        measured.seconds = time.perf_counter() - begin
    return measured


async def _first(client: httpx.AsyncClient, body: bytes, model: str) -> None:
    try:
        answer = await client.post("/predict", content=body)
    except httpx.HTTPError as error:
        raise UnreachableError(
            "the model server does not answer", given=f"{client.base_url}: {type(error).__name__} {error}"
        ) from error
    if answer.status_code != 200:
        raise PredictionError(
            "the first request is refused, so nothing was measured",
            given=f"{client.base_url}: {answer.status_code}: {answer.text[:300]}",
            change="set MLOPS_SERVING_KEY, as `mlops env` prints it" if answer.status_code == 401 else None,
        )
    if model and (found := answer.json().get("model")) != model:
        raise MlopsError("another model answers", given=found, allowed=model)


async def _uncounted(client: httpx.AsyncClient, body: bytes) -> None:
    try:
        await client.post("/predict", content=body)
    except httpx.HTTPError:
        # What fails now is counted when it fails again.
        return


async def _ask(
    client: httpx.AsyncClient, requests: Sequence[bytes], numbers: Iterator[int], until: float, measured: Measured
) -> None:
    for number in numbers:
        start = time.perf_counter()
        if start >= until:
            return
        try:
            answer = await client.post("/predict", content=requests[number % len(requests)])
        except httpx.HTTPError as error:
            measured.statuses[type(error).__name__] += 1
            continue
        measured.statuses[str(answer.status_code)] += 1
        if track := answer.headers.get("x-mlops-track"):
            measured.tracks[track] += 1
        if answer.status_code == 200:
            measured.times.append((time.perf_counter() - start) * 1000)
