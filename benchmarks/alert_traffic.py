"""Clients that go on asking while parts are broken, whatever they are answered."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator

import httpx

from tests.support.platform import Platform
from tests.support.rollouts import rows

ROWS, CLIENTS = 2000, 2
# Requests of many rows, of which throttled servers make slow ones; requests of one row, which drive those out of the
# five minutes that rules look back on.
CALM, HURRIED = 4.0, 0.05


class Traffic:
    """A request of many rows every two seconds; in a hurry, forty small ones a second."""

    def __init__(self, platform: Platform) -> None:
        self._url = f"{platform.outputs['servingUrl']}/predict"
        self._headers = {"content-type": "application/json", **platform.key}
        records = rows(ROWS)
        self._bodies = {CALM: json.dumps({"records": records}).encode(), HURRIED: json.dumps(records[0]).encode()}
        self._pause = CALM
        self._ends = threading.Event()
        # Seconds of each answer.
        self.took: list[float] = []

    def hurry(self, yes: bool) -> None:
        self._pause = HURRIED if yes else CALM

    @contextlib.contextmanager
    def going(self) -> Iterator[None]:
        """Until the block ends."""
        threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._ends.set()
            for thread in threads:
                thread.join(10)

    def _ask(self) -> None:
        with httpx.Client(timeout=5) as client:
            while not self._ends.wait(pause := self._pause):
                with contextlib.suppress(httpx.HTTPError):
                    answer = client.post(self._url, content=self._bodies[pause], headers=self._headers)
                    self.took.append(answer.raise_for_status().elapsed.total_seconds())
