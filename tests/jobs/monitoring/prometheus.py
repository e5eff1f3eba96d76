"""A Prometheus that answers what a test says, and remembers what it was asked."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlparse

Answer = Callable[[str], Any]


class Fake:
    """`value`: question → number, labels and number, or None; `series`: question → points (seconds, value) or None."""

    def __init__(self) -> None:
        self.value: Answer = lambda _: None
        self.series: Answer = lambda _: None
        self.asked: list[str] = []
        self.status = 200
        self.url = ""

    def answer(self, path: str, query: str) -> tuple[int, Any]:
        self.asked.append(query)
        if self.status != 200:
            return self.status, {"status": "error", "error": "parse error"}
        result: list[Any]
        if path.endswith("/query_range"):
            points = self.series(query)
            result = [{"metric": {}, "values": [[time, str(value)] for time, value in points]}] if points else []
        else:
            value = self.value(query)
            labels, number = value if isinstance(value, tuple) else ({}, value)
            result = [] if number is None else [{"metric": labels, "value": [0, str(number)]}]
        return 200, {"status": "success", "data": {"result": result}}


@contextlib.contextmanager
def prometheus() -> Iterator[Fake]:
    fake = Fake()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlparse(self.path)
            status, data = fake.answer(asked.path, parse_qs(asked.query)["query"][0])
            body = json.dumps(data).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    yield fake
    server.shutdown()
    server.server_close()
