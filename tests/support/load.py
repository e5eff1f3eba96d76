"""Constant load on the gateway: every answer with its time, its colour and its version."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlparse

TIMEOUT = 15.0


@dataclass(frozen=True)
class Answered:
    """`status` 0: no answer at all. `time` is the clock's, when it was asked."""

    time: float
    seconds: float
    status: int
    track: str
    version: str


@dataclass
class Load:
    """What was answered so far; append-only."""

    answers: list[Answered] = field(default_factory=list)

    def failed(self, start: float = 0.0, end: float = float("inf")) -> list[Answered]:
        return [one for one in self.between(start, end) if one.status != 200]

    def between(self, start: float, end: float = float("inf")) -> list[Answered]:
        return [one for one in list(self.answers) if start <= one.time < end]


@contextmanager
def load(url: str, key: str, records: Sequence[dict[str, Any]], rate: float, clients: int = 4) -> Iterator[Load]:
    """So many requests a second of one row each, by clients that keep their connections, until the block ends."""
    found, ends = Load(), threading.Event()
    bodies = [json.dumps({"records": [record]}).encode() for record in records]
    threads = [
        threading.Thread(
            target=_client, args=(url, key, bodies, clients / rate, number / rate, found, ends), daemon=True
        )
        for number in range(clients)
    ]
    for thread in threads:
        thread.start()
    try:
        yield found
    finally:
        ends.set()
        for thread in threads:
            thread.join(TIMEOUT + 5)


def _client(
    url: str, key: str, bodies: list[bytes], pause: float, first: float, found: Load, ends: threading.Event
) -> None:
    place = urlparse(url)
    headers = {"content-type": "application/json", "x-api-key": key}
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=TIMEOUT)
    due, number = time.monotonic() + first, 0
    while not ends.wait(max(0.0, due - time.monotonic())):
        # A client that was kept waiting does not send all it missed at once.
        due = max(due + pause, time.monotonic() - pause)
        number += 1
        asked, start = time.time(), time.monotonic()
        try:
            connection.request("POST", "/predict", bodies[number % len(bodies)], headers)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            found.answers.append(Answered(asked, time.monotonic() - start, 0, "", ""))
            continue
        version = str(json.loads(body).get("version", "")) if answer.status == 200 else ""
        track = answer.headers.get("x-mlops-track") or ""
        found.answers.append(Answered(asked, time.monotonic() - start, answer.status, track, version))
