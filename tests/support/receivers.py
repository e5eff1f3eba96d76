"""Those who hear of alerts, on this machine: servers that keep what they were told."""

from __future__ import annotations

import base64
import contextlib
import json
import socketserver
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SLACK, REVOKED = "/slack", "/revoked"


@dataclass(frozen=True)
class Told:
    """One POST: where it went, what it said, and when it came."""

    path: str
    body: Any
    when: float = field(default_factory=time.time)


@dataclass
class Receivers:
    """A server for Slack, PagerDuty and webhooks, told apart by the path."""

    address: str = "127.0.0.1"
    port: int = 0
    told: list[Told] = field(default_factory=list)

    def at(self, path: str) -> list[Any]:
        """What was said to this one, in order."""
        return [one.body for one in self.told if one.path == path]

    def url(self, path: str) -> str:
        return f"http://{self.address}:{self.port}{path}"


@contextlib.contextmanager
def receivers(address: str = "127.0.0.1") -> Iterator[Receivers]:
    """Listens at a free port of this address until the block ends."""
    kept = Receivers(address)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            kept.told.append(Told(self.path, body))
            # What Slack and PagerDuty answer; to a webhook anything goes.
            slack = self.path == SLACK
            self.send_response(404 if self.path == REVOKED else 200 if slack else 202)
            self.send_header("content-type", "text/plain" if slack else "application/json")
            self.end_headers()
            self.wfile.write(b"ok" if slack else b'{"status": "success"}')

        def log_message(self, *_: object) -> None:
            """Nothing is told."""

    server = ThreadingHTTPServer((address, 0), Handler)
    kept.port = server.server_address[1]
    with _serving(server):
        yield kept


@dataclass
class Mails:
    """An SMTP server: who logged in, and what was sent to whom."""

    port: int = 0
    logins: list[str] = field(default_factory=list)
    sent: list[tuple[tuple[str, ...], str]] = field(default_factory=list)


@contextlib.contextmanager
def mails() -> Iterator[Mails]:
    """As much of SMTP as Alertmanager speaks, without TLS."""
    kept = Mails()

    class Handler(socketserver.StreamRequestHandler):
        def _say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def handle(self) -> None:
            self._say("220 here")
            to: list[str] = []
            while line := self.rfile.readline().decode().strip():
                verb = line.split()[0].upper()
                if verb == "EHLO":
                    self._say("250-here\r\n250 AUTH PLAIN")
                elif verb == "AUTH":
                    kept.logins.append(base64.b64decode(line.split()[2]).decode())
                    self._say("235 welcome")
                elif verb == "RCPT":
                    to.append(line.partition("<")[2].rstrip(">"))
                    self._say("250 yes")
                elif verb == "DATA":
                    self._say("354 go on")
                    text = ""
                    while not text.endswith("\r\n.\r\n"):
                        text += self.rfile.readline().decode()
                    kept.sent.append((tuple(to), text))
                    self._say("250 taken")
                else:
                    self._say("221 bye" if verb == "QUIT" else "250 yes")

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    kept.port = server.server_address[1]
    with _serving(server):
        yield kept


@contextlib.contextmanager
def _serving(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
