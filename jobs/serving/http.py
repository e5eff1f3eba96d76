"""What a request and its answer are on the wire. Pure."""

from __future__ import annotations

from dataclasses import dataclass

PHRASES = {
    100: "Continue", 200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout",
    413: "Content Too Large", 415: "Unsupported Media Type", 417: "Expectation Failed", 422: "Unprocessable Content",
    431: "Request Header Fields Too Large", 500: "Internal Server Error", 503: "Service Unavailable",
}  # fmt: skip
# Of memory, for a request and for each of its headers.
OBJECT_BYTES = 200
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
CLOSE = b"connection: close\r\n"
KEEP = b"connection: keep-alive\r\n"
_STATUS = {code: f"HTTP/1.1 {code} {phrase}\r\n".encode() for code, phrase in PHRASES.items()}


@dataclass(slots=True)
class Request:
    """A complete request; names of headers are in lower case, of two equal ones the last counts."""

    method: bytes
    path: str
    headers: dict[bytes, bytes]
    body: bytes
    keep_alive: bool
    # HTTP/1.0 ends a connection unless it is told otherwise.
    old: bool = False

    @property
    def head_bytes(self) -> int:
        """What it takes besides its body: of 26 bytes on the wire half a kilobyte is made."""
        return OBJECT_BYTES + sum(OBJECT_BYTES + len(name) + len(value) for name, value in self.headers.items())


@dataclass(slots=True)
class Response:
    """`lines`: further headers as they go out, each with its end of line."""

    status: int
    content_type: bytes
    body: bytes
    lines: bytes = b""
    close: bool = False


def written(response: Response, date: bytes, connection: bytes, *, head: bool = False) -> bytes:
    """The answer's bytes; without its body to HEAD."""
    return b"%b%b%b%bcontent-type: %b\r\ncontent-length: %d\r\n\r\n%b" % (
        _STATUS[response.status], date, connection, response.lines, response.content_type, len(response.body),
        b"" if head else response.body,
    )  # fmt: skip
