"""A Kubernetes API that has pods with logs, which grow, end, and are followed while they do."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

from tests.jobs.checks.platform import kubeconfig


@dataclass
class Pod:
    """`lines` of its one container now, `before` of the one before its last restart."""

    service: str
    lines: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    restarts: int = 0
    phase: str = "Running"
    waits: str | None = None
    broken: bool = False

    def described(self, name: str) -> dict[str, Any]:
        state = {"waiting": {"reason": self.waits}} if self.waits else {"running": {}}
        return {
            "metadata": {
                "name": name, "namespace": "ml-platform", "labels": {"app.kubernetes.io/name": self.service},
            },
            "spec": {"containers": [{"name": "server"}]},
            "status": {
                "phase": self.phase,
                "containerStatuses": [{"name": "server", "restartCount": self.restarts, "state": state}],
            },
        }  # fmt: skip


def at(time: datetime | None = None) -> str:
    """As a node writes it."""
    return f"{time or datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}000Z"


@dataclass
class Cluster:
    """`asked` are the queries for logs; while it is `down` it answers nothing but 503."""

    kubeconfig: Path = Path()
    pods: dict[str, Pod] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    down: bool = False

    def write(self, pod: str, text: str) -> None:
        with self.changed:
            self.pods[pod].lines.append(f"{at()} {text}")
            self.changed.notify_all()

    def remove(self, pod: str) -> None:
        with self.changed:
            del self.pods[pod]
            self.changed.notify_all()

    def restart(self, pod: str) -> None:
        with self.changed:
            one = self.pods[pod]
            one.before, one.lines, one.restarts = one.lines, [], one.restarts + 1
            self.changed.notify_all()

    def stop(self, *, down: bool) -> None:
        with self.changed:
            self.down = down
            self.changed.notify_all()

    def told(self, name: str, query: dict[str, str]) -> Iterator[str]:
        """Lines of a log from a time on; when it is followed, until its container ends."""
        pod = self.pods[name]
        began, place = pod.restarts, 0
        lines = pod.before if "previous" in query else pod.lines
        since = query.get("sinceTime", "")[:19]
        while True:
            with self.changed:
                # It may have ended since: what was said before that is still told.
                new, place = lines[place:], len(lines)
                ended = self.pods.get(name) is not pod or pod.restarts != began or pod.phase != "Running" or self.down
            yield from (line for line in new if line[:19] >= since)
            if ended or "follow" not in query:
                return
            with self.changed:
                if len(lines) == place:
                    self.changed.wait(0.1)


@contextlib.contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """One without pods."""
    fake = Cluster()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            url = urlparse(self.path)
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            name = url.path.split("/")[-2]
            if fake.down:
                self._send(503, "not now")
            elif url.path == "/api/v1/pods":
                self._send(200, json.dumps({"items": [pod.described(name) for name, pod in [*fake.pods.items()]]}))
            elif name not in fake.pods:
                self._send(404, f'pods "{name}" not found')
            elif fake.pods[name].broken:
                self._send(500, "no such file or directory")
            else:
                with fake.changed:
                    fake.asked.append(query | {"pod": name})
                    fake.changed.notify_all()
                self._tell(fake.told(name, query))

        def _send(self, status: int, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _tell(self, lines: Iterator[str]) -> None:
            self.send_response(200)
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            with contextlib.suppress(ConnectionError):
                for line in lines:
                    body = f"{line}\n".encode()
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(body), body))
                self.wfile.write(b"0\r\n\r\n")

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    fake.kubeconfig = kubeconfig(folder, f"http://127.0.0.1:{server.server_port}")
    yield fake
    fake.stop(down=True)
    server.shutdown()
    server.server_close()
