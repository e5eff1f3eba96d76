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
CALM, HURRIED = 2.0, 0.05


class Traffic:
    """A request of many rows each second; in a hurry, forty small ones."""

    def __init__(self, platform: Platform) -> None:
        self._url = f"{platform.outputs['servingUrl']}/predict"
        self._headers = {"content-type": "application/json", **platform.key}
        records = rows(ROWS)
        self._bodies = {CALM: json.dumps({"records": records}).encode(), HURRIED: json.dumps(records[0]).encode()}
        self._pause = CALM
        self._ends = threading.Event()
        self._answered = [0] * CLIENTS

    @property
    def answered(self) -> int:
        return sum(self._answered)

    def hurry(self, yes: bool) -> None:
        self._pause = HURRIED if yes else CALM

    @contextlib.contextmanager
    def going(self) -> Iterator[None]:
        """Until the block ends."""
        threads = [threading.Thread(target=self._ask, args=[one], daemon=True) for one in range(CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._ends.set()
            for thread in threads:
                thread.join(10)

    def _ask(self, number: int) -> None:
        with httpx.Client(timeout=5) as client:
            while not self._ends.wait(pause := self._pause):
                with contextlib.suppress(httpx.HTTPError):
                    client.post(self._url, content=self._bodies[pause], headers=self._headers).raise_for_status()
                    self._answered[number] += 1
