"""Requests of HTTP/2 as bytes, for clients that open many and end none."""

from __future__ import annotations

from collections.abc import Mapping

HEADERS, DATA, SETTINGS = 1, 0, 4
END_HEADERS = 4
# What a connection begins with.
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + bytes((SETTINGS, 0)) + bytes(4)


def begun(number: int, headers: Mapping[str, str], body: bytes) -> bytes:
    """The request of this number on its connection, from 0 on, and a part of its body. Values up to 126 characters."""
    stream = 2 * number + 1
    head = b"".join(b"\x00" + _text(name) + _text(value) for name, value in headers.items())
    return _frame(HEADERS, END_HEADERS, stream, head) + _frame(DATA, 0, stream, body)


def _text(text: str) -> bytes:
    return bytes((len(text),)) + text.encode()


def _frame(kind: int, flags: int, stream: int, content: bytes) -> bytes:
    return len(content).to_bytes(3) + bytes((kind, flags)) + stream.to_bytes(4) + content
