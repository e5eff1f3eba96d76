"""The interface that AWS Lambda's runtime clients talk to, for one process: events in, answers out."""

from __future__ import annotations

import json
import queue
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

VERSION = "/2018-06-01/runtime"
SECONDS = 60


@dataclass(frozen=True)
class Outcome:
    """What the client posted, and where: `response`, `error`, or `init/error`."""

    kind: str
    body: Any


@dataclass
class RuntimeApi:
    """`invoke` gives the function one event and waits for what it says."""

    address: str = ""
    events: queue.Queue[tuple[str, Any]] = field(default_factory=queue.Queue)
    outcomes: queue.Queue[Outcome] = field(default_factory=queue.Queue)

    def invoke(self, event: Any) -> Outcome:
        self.events.put((str(uuid.uuid4()), event))
        return self.outcomes.get(timeout=SECONDS)

    def start_failed(self) -> Outcome:
        return self.outcomes.get(timeout=SECONDS)


@contextmanager
def runtime_api() -> Iterator[RuntimeApi]:
    """Listens on a free port of this machine."""
    api = RuntimeApi()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            request, event = api.events.get()
            self._send(
                200,
                json.dumps(event).encode(),
                {
                    "Lambda-Runtime-Aws-Request-Id": request,
                    "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + SECONDS * 1000),
                    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-central-1:111122223333:function:f:live",
                },
            )

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kind = self.path.removeprefix(f"{VERSION}/").split("/")
            self._send(202, b"{}", {})
            api.outcomes.put(Outcome("init/error" if kind[0] == "init" else kind[-1], json.loads(body)))

        def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {
                **headers,
                "Content-Length": str(len(body)),
                "Content-Type": "application/json",
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Standard error belongs to the test."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    api.address = f"127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
