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
# A client sends its head in one go; who needs longer makes way at the limit.
SLOW_SECONDS = 1.0

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
        # As they came: the clock is no finer than a sweep.
        self.connections: dict[Connection, None] = {}
        # Answers say that they are the last of their connection.
        self.closing = False
        # Bytes of bodies that are not answered yet and of answers that are not sent yet.
        self.held = 0
        self.now = 0.0
        self.date = b""

    @property
    def full(self) -> bool:
        return self.held > self.settings.max_held_bytes

    def admit(self, connection: Connection) -> bool:
        """Whether it is one of those that are served; at the limit another one goes for it."""
        self.connections[connection] = None
        most = self.settings.max_connections
        if len(self.connections) <= most:
            return True
        ended = [one for one in self.connections if one.ended]
        if len(self.connections) > 2 * most and ended:
            # They stay to read their last answer; of too many whoever has had the longest for it stays no more.
            min(ended, key=_since).abort()
        others = [one for one in self.connections if not one.ended and one is not connection]
        if len(others) < most:
            return True
        goes = self._goes(others)
        if goes is not None:
            goes.give_way()
        return goes is not None

    def _goes(self, connections: list[Connection]) -> Connection | None:
        """Whoever lets the server wait, for longest; only when that is neither slow nor one of many, the longest idle.

        So half of all connections are for clients that were answered, however fast others come and say little; and
        those that come one by one do not end each other within their requests.
        """
        waiting = [one for one in connections if one.waiting]
        longest = min(waiting, key=_since, default=None)
        if longest is not None and (
            2 * len(waiting) >= self.settings.max_connections or self.now - longest.since > SLOW_SECONDS
        ):
            return longest
        return min((one for one in connections if one.idle), key=_since, default=None)

    def leave(self, connection: Connection) -> None:
        self.connections.pop(connection, None)

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


def _since(connection: Connection) -> float:
    return connection.since
