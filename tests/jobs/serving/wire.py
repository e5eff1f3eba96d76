"""Bytes to a server and from it, as a client has them that knows no manners."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Reply:
    """One answer on the wire."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def asked(method: str = "GET", path: str = "/health", body: bytes = b"", version: str = "1.1", **headers: str) -> bytes:
    """A request; names of headers with underscores for dashes, an empty value leaves one out."""
    lines = {"host": "server", **headers}
    if body:
        lines = {"content-type": "application/json", "content-length": str(len(body)), **lines}
    text = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in lines.items() if value)
    return f"{method} {path} HTTP/{version}\r\n{text}\r\n".encode() + body


class Client:
    """A connection that is read answer by answer."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.left = b""

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def reply(self, *, head: bool = False) -> Reply:
        while b"\r\n\r\n" not in self.left:
            self._more()
        start, _, self.left = self.left.partition(b"\r\n\r\n")
        first, *lines = start.decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        length = 0 if head else int(headers.get("content-length", 0))
        while len(self.left) < length:
            self._more()
        body, self.left = self.left[:length], self.left[length:]
        return Reply(int(first.split()[1]), headers, body)

    def ends(self) -> bytes:
        """What still comes until the server closes."""
        try:
            while data := self.connection.recv(65536):
                self.left += data
        except ConnectionResetError:
            pass
        return self.left

    def _more(self) -> None:
        data = self.connection.recv(65536)
        assert data, f"the server closed after {self.left!r}"
        self.left += data
