"""One client's connection: requests by httptools, answers in their order, and every limit on the way.

A deadline is a number that the hub looks at now and then: a request costs no timer.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING, cast

from httptools import HttpParserCallbackError, HttpParserError, HttpParserUpgrade, HttpRequestParser

from jobs.serving.body import Refusal
from jobs.serving.http import CLOSE, CONTINUE, KEEP, Request, Response, written

if TYPE_CHECKING:
    from jobs.serving.hub import Hub

LOG = logging.getLogger("mlops.serving")
# After a refusal the rest of what the client sends is thrown away for so long, so that it can read the answer.
LINGER_SECONDS = 2.0
# Bytes on the wire for each byte of body: a chunk of one byte has five more, and trailers are nobody's business here.
WIRE = 8
WIRE_BYTES = 64 * 1024
# Above this the client is waited for before its next request is looked at.
WRITE_BUFFER = 16 * 1024
NEVER = float("inf")
# One of these headers says that there is a body.
_BODY = {b"content-length", b"transfer-encoding"}


class Connection(asyncio.Protocol):
    """`deadline`: when patience ends, by the hub's clock."""

    __slots__ = (
        "_answering", "_begun", "_body", "_body_bytes", "_busy", "_end", "_ended", "_head_bytes", "_headers", "_held",
        "_hub", "_in_head", "_parser", "_paused", "_queue", "_refusal", "_transport", "_url", "_wire_bytes", "deadline",
    )  # fmt: skip

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._parser = HttpRequestParser(self)
        self._queue: deque[Request] = deque()
        self._answering: Request | None = None
        self._busy: asyncio.Future[Response] | None = None
        self._refusal: Refusal | None = None
        self._paused = self._end = self._ended = False
        self._held = 0
        self._clear()

    @property
    def idle(self) -> bool:
        """Whether nothing was begun, so that it may be closed at any time."""
        return not (self._begun or self._paused or self._ended) and self._answering is None

    def _clear(self) -> None:
        self._url = b""
        self._headers: dict[bytes, bytes] = {}
        self._body: list[bytes] = []
        self._head_bytes = self._body_bytes = self._wire_bytes = 0
        self._in_head = True
        self._begun = False

    # --- the transport's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport = cast(asyncio.Transport, transport)
        transport.set_write_buffer_limits(WRITE_BUFFER)
        # Whoever connects and says nothing waits no longer than whoever stops within a request.
        self.deadline = self._hub.now + self._hub.settings.header_seconds
        if not self._hub.admit(self):
            self._refuse(Refusal(503, "the server has as many connections as it takes"))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._hub.leave(self)
        self._release()
        self._ended = True
        self._queue.clear()
        if self._busy is not None:
            self._busy.cancel()

    def data_received(self, data: bytes) -> None:
        if self._ended or self._end:
            return
        self._wire_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade as offer:
            self._decline(data[offer.args[0] :])
        except HttpParserCallbackError:
            LOG.exception("a connection failed")
            self._refuse(Refusal(500, "the server failed; see its log"))
        except HttpParserError as error:
            self._refuse(self._refusal or Refusal(400, "the request is not HTTP/1.1", given=str(error)))
        else:
            settings = self._hub.settings
            if self._refusal is not None:
                self._refuse(self._refusal)
            elif self._in_head and self._wire_bytes > settings.max_header_bytes:
                self._refuse(self._headers_too_large())
            elif self._wire_bytes > settings.max_header_bytes + WIRE * settings.max_body_bytes + WIRE_BYTES:
                self._refuse(Refusal(413, "the request is too large", given=self._wire_bytes))

    def _decline(self, rest: bytes) -> None:
        """An offer of another protocol: what was asked for is answered as if there had been none.

        The parser stops behind such a head; the body goes to one that has not seen the offer.
        """
        if not self._begun:
            self._end = True
            self._next()
            return
        head = b"%b %b HTTP/1.1\r\n" % (self._parser.get_method(), self._url)
        head += b"".join(
            b"%b: %b\r\n" % one for one in self._headers.items() if one[0] not in (b"upgrade", b"connection")
        )
        self._clear()
        self._parser = HttpRequestParser(self)
        self.data_received(head + b"connection: close\r\n\r\n" + rest)

    def eof_received(self) -> bool:
        """Whether it stays open: what was asked before is still answered."""
        self._end = True
        return self._busy is not None or self._paused

    def pause_writing(self) -> None:
        self._paused = True
        self._hold(self._transport.get_write_buffer_size())
        self._transport.pause_reading()
        self.deadline = self._hub.now + self._hub.settings.request_seconds

    def resume_writing(self) -> None:
        self._paused = False
        self._release()
        self._next()

    # --- the parser's side

    def on_message_begin(self) -> None:
        self._begun = True
        if self._answering is None:
            self.deadline = self._hub.now + self._hub.settings.header_seconds

    def on_url(self, url: bytes) -> None:
        self._url += url
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value) + 4)
        if self._in_head:
            self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        self._in_head = False
        if self._refusal is not None:
            return
        headers, settings = self._headers, self._hub.settings
        version = self._parser.get_http_version()
        if version not in ("1.0", "1.1") or (b"host" not in headers and version == "1.1"):
            self._refusal = Refusal(400, "the request is not HTTP/1.1 with a host", given=version)
            return
        length = headers.get(b"content-length")
        if length is None and b"transfer-encoding" not in headers:
            return
        if self._answering is None:
            self.deadline = self._hub.now + settings.request_seconds
        if length is not None and int(length) > settings.max_body_bytes:
            self._refusal = self._body_too_large(int(length))
        elif self._hub.full:
            self._refusal = Refusal(503, "the server holds as many bytes of bodies as it takes")
        elif (expected := headers.get(b"expect")) is not None:
            if expected.lower() != b"100-continue":
                self._refusal = Refusal(417, "the expectation is not known", given=expected.decode("latin-1"))
            elif self._answering is None:
                self._transport.write(CONTINUE)

    def on_body(self, body: bytes) -> None:
        if self._refusal is not None:
            return
        self._body_bytes += len(body)
        if self._body_bytes > self._hub.settings.max_body_bytes:
            self._body.clear()
            self._refusal = self._body_too_large(self._body_bytes)
            return
        self._body.append(body)
        self._hold(len(body))

    def on_message_complete(self) -> None:
        if self._refusal is not None or self._ended or self._end:
            return
        if self._parser.should_upgrade() and self._headers.keys() & _BODY:
            return
        body = self._body
        request = Request(
            self._parser.get_method(), _path(self._url), self._headers, body[0] if len(body) == 1 else b"".join(body),
            self._parser.should_keep_alive(), self._parser.get_http_version() != "1.1",
        )  # fmt: skip
        self._clear()
        if self._answering is None and not self._paused:
            self._answer(request)
        else:
            self._queue.append(request)
            self._transport.pause_reading()

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
        self._busy = None
        if self._ended:
            return
        if answer.cancelled():
            self._write(self._hub.late())
        else:
            self._write(answer.result())
        self._next()

    def _write(self, response: Response) -> None:
        request = self._answering
        assert request is not None
        self._answering = None
        self._release()
        close = not request.keep_alive or response.close or self._hub.closing
        settings = self._hub.settings
        self.deadline = self._hub.now + (settings.request_seconds if self._begun else settings.keep_alive_seconds)
        self._transport.write(
            written(response, self._hub.date, CLOSE if close else KEEP if request.old else b"",
                    head=request.method == b"HEAD")
        )  # fmt: skip
        if close:
            self._finish()

    def _next(self) -> None:
        """What came while another request was answered."""
        while self._queue and self._answering is None and not self._paused and not self._ended:
            self._answer(self._queue.popleft())
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
            self._queue.clear()
            self._end = True
            return
        response = self._hub.refuse(refusal)
        self._transport.write(written(response, self._hub.date, CLOSE))
        self._finish(linger=True)

    def _finish(self, *, linger: bool = False) -> None:
        self._ended = True
        self._release()
        self._body.clear()
        self._queue.clear()
        if linger and self._transport.can_write_eof():
            self._transport.write_eof()
            self.deadline = self._hub.now + LINGER_SECONDS
        else:
            self._transport.close()
            self.deadline = self._hub.now + self._hub.settings.request_seconds

    # --- the hub's side

    def expire(self) -> None:
        """The deadline has passed."""
        if self._busy is not None:
            # In a queue it can be taken back; what is being calculated will be answered.
            self.deadline = NEVER
            self._busy.cancel()
        elif self._ended or self._paused:
            self._transport.abort()
        elif self.idle:
            self._finish()
        else:
            self._refuse(Refusal(408, "the request did not come in time"))

    def drain(self) -> None:
        """No request after the one that was begun."""
        if self.idle:
            self._finish()

    # --- counts

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > self._hub.settings.max_header_bytes and self._refusal is None:
            self._refusal = self._headers_too_large()

    def _headers_too_large(self) -> Refusal:
        return Refusal(431, "the headers are too large", allowed=f"at most {self._hub.settings.max_header_bytes} bytes")

    def _body_too_large(self, given: int) -> Refusal:
        allowed = f"at most {self._hub.settings.max_body_bytes} bytes"
        return Refusal(413, "the body is too large", given=str(given), allowed=allowed)

    def _hold(self, size: int) -> None:
        self._held += size
        self._hub.held += size

    def _release(self) -> None:
        self._hub.held -= self._held
        self._held = 0


def _path(url: bytes) -> str:
    """Without the query; of an absolute address its path."""
    path = url.split(b"?", 1)[0]
    if not path.startswith(b"/") and b"://" in path:
        path = b"/" + path.split(b"://", 1)[1].partition(b"/")[2]
    return path.decode("latin-1")
