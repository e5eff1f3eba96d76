"""Bytes of a client → requests, by httptools, within limits."""

from __future__ import annotations

import logging
from typing import Protocol

from httptools import HttpParserCallbackError, HttpParserError, HttpParserUpgrade, HttpRequestParser

from jobs.serving.body import Refusal
from jobs.serving.http import Request
from jobs.serving.settings import ServingSettings

LOG = logging.getLogger("mlops.serving")
# Bytes on the wire for each byte of body: a chunk of one byte has five more, and trailers are nobody's business here.
WIRE = 8
WIRE_BYTES = 64 * 1024
# One of these headers says that there is a body.
_BODY = {b"content-length", b"transfer-encoding"}


class Owner(Protocol):
    """Who is told as a request comes in."""

    def begun(self) -> None: ...
    def body_begins(self, *, waits: bool) -> Refusal | None:
        """`waits`: the client sends it only after a go-ahead. A refusal says that it is not wanted."""

    def holds(self, size: int) -> Refusal | None:
        """So many bytes of the body have come. A refusal says that they are too many for all."""

    def complete(self, request: Request) -> None: ...


class Reader:
    """Reads one connection. `started`: a part of a request has come; `in_head`: and not its whole head, or none.

    After a refusal nothing more is to be fed.
    """

    __slots__ = (
        "__weakref__",
        "_body",
        "_body_bytes",
        "_head_bytes",
        "_headers",
        "_owner",
        "_parser",
        "_settings",
        "_url",
        "_wire_bytes",
        "in_head",
        "refusal",
        "started",
    )  # fmt: skip

    def __init__(self, owner: Owner, settings: ServingSettings) -> None:
        self._owner = owner
        self._settings = settings
        self._parser = HttpRequestParser(self)
        self.refusal: Refusal | None = None
        self.clear()

    def clear(self) -> None:
        """Ready for the next request."""
        self._url = b""
        self._headers: dict[bytes, bytes] = {}
        # One piece of memory: of chunks of two bytes each, as a list, it takes 28 times what is counted.
        self._body = bytearray()
        self._head_bytes = self._body_bytes = self._wire_bytes = 0
        self.in_head = True
        self.started = False

    def close(self) -> None:
        """Nothing is fed any more. Parser and owner know each other: what they hold would wait for the collector."""
        self.clear()
        del self._parser, self._owner

    def feed(self, data: bytes) -> bool:
        """Whether the client may send more; else it was refused, or it wants to speak another protocol."""
        self._wire_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade as offer:
            return self._declined(data[offer.args[0] :])
        except HttpParserCallbackError:
            LOG.exception("a connection failed")
            self.refusal = Refusal(500, "the server failed; see its log")
        except HttpParserError as error:
            self.refusal = self.refusal or Refusal(400, "the request is not HTTP/1.1", given=str(error))
        settings = self._settings
        if self.refusal is not None:
            return False
        if self.in_head and self._wire_bytes > settings.max_header_bytes:
            self.refusal = self._headers_too_large()
        elif self._wire_bytes > settings.max_header_bytes + WIRE * settings.max_body_bytes + WIRE_BYTES:
            self.refusal = Refusal(413, "the request is too large", given=self._wire_bytes)
        return self.refusal is None

    def _declined(self, rest: bytes) -> bool:
        """An offer of another protocol: what was asked for is answered as if there had been none.

        The parser stops behind such a head; the body goes to one that has not seen the offer.
        """
        if not self.started:
            return False
        head = b"%b %b HTTP/1.1\r\n" % (self._parser.get_method(), self._url)
        kept = [one for one in self._headers.items() if one[0] not in (b"upgrade", b"connection")]
        head += b"".join(b"%b: %b\r\n" % one for one in kept)
        self.clear()
        self._parser = HttpRequestParser(self)
        return self.feed(head + b"connection: close\r\n\r\n" + rest)

    # --- the parser's side

    def on_message_begin(self) -> None:
        self.started = True
        self._owner.begun()

    def on_url(self, url: bytes) -> None:
        self._url += url
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value) + 4)
        if self.in_head:
            self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        self.in_head = False
        if self.refusal is not None:
            return
        headers, version = self._headers, self._parser.get_http_version()
        if version not in ("1.0", "1.1") or (b"host" not in headers and version == "1.1"):
            self.refusal = Refusal(400, "the request is not HTTP/1.1 with a host", given=version)
            return
        length = headers.get(b"content-length")
        if length is None and b"transfer-encoding" not in headers:
            return
        expected = headers.get(b"expect", b"").lower()
        if length is not None and int(length) > self._settings.max_body_bytes:
            self.refusal = self._body_too_large(int(length))
        elif expected not in (b"", b"100-continue"):
            self.refusal = Refusal(417, "the expectation is not known", given=expected.decode("latin-1"))
        else:
            self.refusal = self._owner.body_begins(waits=bool(expected))

    def on_body(self, body: bytes) -> None:
        if self.refusal is not None:
            return
        self._body_bytes += len(body)
        if self._body_bytes > self._settings.max_body_bytes:
            self._body.clear()
            self.refusal = self._body_too_large(self._body_bytes)
            return
        self.refusal = self._owner.holds(len(body))
        if self.refusal is None:
            self._body += body
        else:
            self._body.clear()

    def on_message_complete(self) -> None:
        parser, body = self._parser, self._body
        if self.refusal is not None or (parser.should_upgrade() and self._headers.keys() & _BODY):
            return
        request = Request(
            parser.get_method(), _path(self._url), self._headers, bytes(body),
            parser.should_keep_alive(), parser.get_http_version() != "1.1",
        )  # fmt: skip
        self.clear()
        self._owner.complete(request)

    # --- limits

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > self._settings.max_header_bytes and self.refusal is None:
            self.refusal = self._headers_too_large()

    def _headers_too_large(self) -> Refusal:
        return Refusal(431, "the headers are too large", allowed=f"at most {self._settings.max_header_bytes} bytes")

    def _body_too_large(self, given: int) -> Refusal:
        allowed = f"at most {self._settings.max_body_bytes} bytes"
        return Refusal(413, "the body is too large", given=str(given), allowed=allowed)


def _path(url: bytes) -> str:
    """Without the query; of an absolute address its path."""
    path = url.split(b"?", 1)[0]
    if not path.startswith(b"/") and b"://" in path:
        path = b"/" + path.split(b"://", 1)[1].partition(b"/")[2]
    return path.decode("latin-1")
