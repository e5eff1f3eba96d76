"""One client's connection: its requests are answered in their order, and nothing on it waits for ever.

A deadline is a number that the hub looks at now and then: a request costs no timer.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, cast

from jobs.serving.body import Refusal
from jobs.serving.http import CLOSE, CONTINUE, KEEP, Request, Response, written
from jobs.serving.reader import Reader

if TYPE_CHECKING:
    from jobs.serving.hub import Hub

# After a refusal the rest of what the client sends is thrown away for so long, so that it can read the answer.
LINGER_SECONDS = 2.0
# Above this the client is waited for before its next request is looked at.
WRITE_BUFFER = 16 * 1024
NEVER = float("inf")
# Of a body that is read however much the others hold: the usual request gets through.
SMALL_BYTES = 16 * 1024


class Connection(asyncio.Protocol):
    """`deadline`: when patience ends, `since`: when it last began to wait for a request; by the hub's clock."""

    __slots__ = (
        "_answered", "_answering", "_busy", "_end", "_ended", "_held", "_hub", "_paused", "_queue", "_reader",
        "_transport", "_unsent", "deadline", "since",
    )  # fmt: skip

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._reader = Reader(self, hub.settings)
        self._queue: deque[Request] = deque()
        self._answering: Request | None = None
        self._busy: asyncio.Future[Response] | None = None
        self._paused = self._end = self._ended = self._answered = False
        # Bytes that count for all connections: of bodies, of heads that queue, and of answers that are not sent.
        self._held = self._unsent = 0

    @property
    def idle(self) -> bool:
        """Whether nothing was begun, so that it may be closed at any time."""
        return not (self._reader.started or self._paused or self._ended) and self._answering is None

    @property
    def waiting(self) -> bool:
        """Whether the server waits for its client: to ask at all, to end what it began, or to take its answer."""
        if self._paused:
            return True
        return self._answering is None and not self._ended and (self._reader.started or not self._answered)

    @property
    def ended(self) -> bool:
        """Whether it has its last answer, and is only still there to read it."""
        return self._ended and not self._paused

    # --- the transport's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport = cast(asyncio.Transport, transport)
        transport.set_write_buffer_limits(WRITE_BUFFER)
        # Whoever connects and says nothing waits no longer than whoever stops within a request.
        self.since = self._hub.now
        self.deadline = self.since + self._hub.settings.header_seconds
        if not self._hub.admit(self):
            self._refuse(Refusal(503, "the server has as many connections as it takes"))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._hub.leave(self)
        self._hold(-self._held)
        self._ended = True
        self._queue.clear()
        self._reader.close()
        if self._busy is not None:
            self._busy.cancel()

    def data_received(self, data: bytes) -> None:
        if self._over():
            return
        more = self._reader.feed(data)
        if self._over():
            # By a request within; what came behind it is not wanted.
            self._forget()
        elif more:
            return
        elif self._reader.refusal is not None:
            self._refuse(self._reader.refusal)
        else:
            self._end = True
            self._next()

    def eof_received(self) -> bool:
        """Whether it stays open: what was asked before is still answered."""
        self._end = True
        return self._busy is not None or self._paused

    def pause_writing(self) -> None:
        self._paused = True
        self._unsent = self._transport.get_write_buffer_size()
        self._hold(self._unsent)
        self._transport.pause_reading()
        self.deadline = self._hub.now + self._hub.settings.request_seconds

    def resume_writing(self) -> None:
        self._paused = False
        self._hold(-self._unsent)
        self._unsent = 0
        self._next()

    # --- the reader's side

    def begun(self) -> None:
        self.since = self._hub.now
        if self._answering is None:
            self.deadline = self.since + self._hub.settings.header_seconds

    def body_begins(self, *, waits: bool) -> Refusal | None:
        if self._answering is None:
            self.deadline = self._hub.now + self._hub.settings.request_seconds
            if waits:
                self._transport.write(CONTINUE)
        return None

    def holds(self, size: int) -> Refusal | None:
        self._hold(size)
        if self._held > SMALL_BYTES and self._hub.full:
            return Refusal(503, "the server holds as many bytes of bodies as it takes")
        return None

    def complete(self, request: Request) -> None:
        if self._over():
            return
        if self._answering is None and not self._paused:
            self._answer(request)
            return
        self._queue.append(request)
        self._transport.pause_reading()
        if (refusal := self.holds(request.head_bytes)) is not None:
            self._refuse(refusal)

    # --- answers

    def _answer(self, request: Request) -> None:
        self._answering = request
        answer = self._hub.handle(request)
        if isinstance(answer, Response):
            self._write(answer)
            return
        self._busy = answer
        self.deadline = self._hub.now + self._hub.settings.request_seconds
        answer.add_done_callback(self._done)

    def _done(self, answer: asyncio.Future[Response]) -> None:
        request, self._busy = self._answering, None
        assert request is not None
        if not self._ended:
            self._write(self._hub.late() if answer.cancelled() else answer.result())
        if answer.cancelled():
            # It counts no more, and would be kept until the thread comes to it.
            request.body = b""
        if not self._ended:
            self._next()

    def _write(self, response: Response) -> None:
        request = self._answering
        assert request is not None
        self._answering = None
        self._answered = True
        self._hold(-len(request.body))
        close = not request.keep_alive or response.close or self._hub.closing
        settings = self._hub.settings
        patience = settings.request_seconds if self._reader.started else settings.keep_alive_seconds
        self.since = self._hub.now
        self.deadline = self.since + patience
        connection = CLOSE if close else KEEP if request.old else b""
        self._transport.write(written(response, self._hub.date, connection, head=request.method == b"HEAD"))
        if close:
            self._finish()

    def _next(self) -> None:
        """What came while another request was answered."""
        while self._queue and self._answering is None and not self._paused and not self._ended:
            request = self._queue.popleft()
            self._hold(-request.head_bytes)
            self._answer(request)
        if self._ended or self._paused or self._answering is not None:
            return
        if self._end:
            self._finish()
        else:
            self._transport.resume_reading()

    def _refuse(self, refusal: Refusal) -> None:
        """An answer to what is no whole request; nothing more is read."""
        if self._answering is not None or self._paused:
            # An answer that is still due comes first, and ends it.
            self._end = True
            self._forget()
            return
        self._transport.write(written(self._hub.refuse(refusal), self._hub.date, CLOSE))
        self._finish(linger=True)

    def _finish(self, *, linger: bool = False) -> None:
        self._ended = True
        self._forget()
        if linger and self._transport.can_write_eof():
            self._transport.write_eof()
            self.deadline = self._hub.now + LINGER_SECONDS
        else:
            self._transport.close()
            self.deadline = self._hub.now + self._hub.settings.request_seconds

    def _hold(self, size: int) -> None:
        self._held += size
        self._hub.held += size

    def _forget(self) -> None:
        """What was read is thrown away, but for the request that is being answered."""
        self._reader.clear()
        self._queue.clear()
        answering = 0 if self._answering is None else len(self._answering.body)
        self._hold(answering + self._unsent - self._held)

    def _over(self) -> bool:
        """Whether nothing more is read."""
        return self._ended or self._end

    # --- the hub's side

    def expire(self) -> None:
        """The deadline has passed."""
        if self._busy is not None:
            self.deadline = NEVER
            self._busy.cancel()
        elif self._ended or self._paused:
            self._transport.abort()
        elif self.idle:
            self._finish()
        else:
            self._refuse(Refusal(408, "the request did not come in time"))

    def wait_longer(self, seconds: float) -> None:
        """By as much as the server stood still: the client could not be heard."""
        self.since += seconds
        self.deadline += seconds

    def drain(self) -> None:
        """No request after the one that was begun."""
        if self.idle:
            self._finish()

    def give_way(self) -> None:
        """Ends for another connection; only who is idle or waited for is asked to."""
        if self._paused:
            self.abort()
        else:
            self._finish()

    def abort(self) -> None:
        """Ends now, whatever was not taken."""
        self._finish()
        self._paused = False
        self._hub.leave(self)
        self._transport.abort()
