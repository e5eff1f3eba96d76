"""What all connections share: how many there are, the bytes they hold, the clock, and the way to an answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import TYPE_CHECKING

from jobs.serving.body import Refusal
from jobs.serving.http import Request, Response
from jobs.serving.metrics import Metrics
from jobs.serving.settings import ServingSettings

if TYPE_CHECKING:
    from jobs.serving.connection import Connection

# How exact deadlines are.
SWEEP_SECONDS = 0.25

Answer = Response | asyncio.Future[Response]


class Hub:
    """Of one server. `refuse` makes the answer to a request that was never whole."""

    def __init__(
        self, settings: ServingSettings, metrics: Metrics, handle: Callable[[Request], Answer],
        refuse: Callable[[Refusal], Response],
    ) -> None:  # fmt: skip
        self.settings = settings
        self._metrics = metrics
        self.handle = handle
        self.refuse = refuse
        self.connections: set[Connection] = set()
        # Answers say that they are the last of their connection.
        self.closing = False
        # Bytes of bodies that are not answered yet and of answers that are not sent yet.
        self.held = 0
        self.now = 0.0
        self.date = b""

    @property
    def full(self) -> bool:
        return self.held > self.settings.max_held_bytes

    @property
    def crowded(self) -> bool:
        """Those that are refused stay to read it; when there are too many of them, too, nothing is said any more."""
        return len(self.connections) > 2 * self.settings.max_connections

    def admit(self, connection: Connection) -> bool:
        """Whether it is one of those that are served; at the limit the one goes that was idle or slow for longest."""
        self.connections.add(connection)
        if len(self.connections) <= self.settings.max_connections:
            return True
        longest = min(
            (one for one in self.connections if (one.idle or one.slow) and one is not connection),
            key=lambda one: one.since, default=None,
        )  # fmt: skip
        if longest is not None:
            longest.give_way()
        return longest is not None

    def leave(self, connection: Connection) -> None:
        self.connections.discard(connection)

    def late(self) -> Response:
        return self.refuse(Refusal(503, "the server has more to calculate than it can", given="waited too long"))

    def tick(self) -> None:
        """Sets the clock, and ends what has waited for too long; while the process stood still, nobody did."""
        self._metrics.connections, self._metrics.held = len(self.connections), self.held
        before, self.now = self.now, time.monotonic()
        if before and (stood := self.now - before - SWEEP_SECONDS) > SWEEP_SECONDS:
            for connection in self.connections:
                connection.wait_longer(stood)
        self.date = b"date: %b\r\n" % formatdate(usegmt=True).encode()
        for connection in [one for one in self.connections if one.deadline < self.now]:
            connection.expire()

    async def sweep(self) -> None:
        while True:
            self.tick()
            await asyncio.sleep(SWEEP_SECONDS)

    def drain(self) -> None:
        """No request after those that were begun."""
        self.closing = True
        for connection in list(self.connections):
            connection.drain()
