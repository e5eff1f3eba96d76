"""What the model server does with more than it can: `python -m benchmarks.serving_overload [--write]`.

One server with its default limits. A quiet client asks one row now and then and is measured all the time: alone, then
beside clients that keep 64 connections busy with batches of 1,000 rows, beside as many half bodies as the kernel lets
through, alone and behind a batch, and beside connections that send their heads byte by byte; all of it once more
through the gateway. Memory is the peak of the one that is asked. `--write` puts the table into docs/serving.md. Exit
code 1 when the memory was not bounded, or nothing was answered.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.memory import peak
from benchmarks.registry_of_one import registry
from benchmarks.serving_cases import wait_for
from benchmarks.telco import trained
from infra.foundation.quantities import in_bytes
from infra.serving.envoy.places import Upstream
from tests.jobs.support import ROOT, free_port, running
from tests.support.envoy import KEYS, in_front_of
from tests.support.envoy import settings as gateway_settings

DOC = ROOT / "docs" / "serving.md"
MARK = "<!-- python -m benchmarks.serving_overload --write -->"
BUSY = 64
# Above `MLOPS_MAX_CONNECTIONS` by default, so that the limit is met; and below what the gateway takes, which sends a
# further client away.
MANY, MANY_THROUGH = 700, 500
HALF_BODY = 900_000
KEY = {"content-type": "application/json", "x-api-key": KEYS["default"]}
LINES = "".join(f"{name}: {value}\r\n" for name, value in KEY.items())
HEAD = f"POST /predict HTTP/1.1\r\nhost: s\r\n{LINES}content-length: %d\r\n\r\n".encode()
HALF = HEAD % (HALF_BODY + 1) + b" " * HALF_BODY
# MB above the server at rest: 32 of bodies, as much again while they become objects and text, and what malloc keeps.
BOUND_MB = 120


# A word, a port, how many connections, a process, and the MiB that it may have.
Way = tuple[str, int, int, subprocess.Popen[Any], float]


class Load:
    """Clients in threads until told to stop; statuses and the seconds of each answer."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.statuses: Counter[str] = Counter()
        self.refused: list[float] = []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10.0, help="of each load")
    parser.add_argument("--write", action="store_true", help=f"into {DOC.relative_to(ROOT)}")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        telco, model = trained(folder)
        row, batch = (json.dumps({"records": telco.records(range(rows))}).encode() for rows in (1, 1000))
        port = free_port()
        settings = {
            "PYTHONPATH": str(ROOT), "MLOPS_PORT": str(port), "MLOPS_HOST": "127.0.0.1", "MLOPS_DRAIN_SECONDS": "0",
            "MLFLOW_TRACKING_URI": stack.enter_context(registry(model, folder)), "MLOPS_LOG_LEVEL": "error",
        }  # fmt: skip
        server = stack.enter_context(running(sys.executable, "-m", "jobs.serving", env=settings)).process
        wait_for(f"http://127.0.0.1:{port}/ready")
        upstreams = [Upstream("blue", "localhost", port), Upstream("green", "nobody.invalid", port)]
        chosen = gateway_settings(timeoutSeconds=10)
        gateway = stack.enter_context(in_front_of(upstreams, folder, chosen, ready=["blue"]))
        lines = [
            f"Measured {datetime.date.today()}: one server with default limits and one gateway of "
            f"{chosen.resources.memory_limit}, {arguments.seconds:.0f} s of each, "
            f"load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, clients included.",
            "", "| beside | one row: p50 ms | p95 ms | not 200 | the others' answers | their 503: p95 ms | MB |",
            "| --- | --- | --- | --- | --- | --- | --- |",
        ]  # fmt: skip
        wrong: list[str] = []
        ways: list[Way] = [("", port, MANY, server, peak(server.pid) + BOUND_MB),
                ("through the gateway: ", gateway.places.http, MANY_THROUGH, gateway.process,
                 in_bytes(chosen.resources.memory_limit) / 2**20)]  # fmt: skip
        for way, door, many, process, bound in ways:
            for told, make in loads(many):
                found = Load()
                wait_for(f"http://127.0.0.1:{port}/ready")
                gateway.wait(
                    lambda: not gateway.shown("envoy_http_downstream_cx_active"), "the last clients to be gone"
                )
                with contextlib.contextmanager(make)(door, batch, found):
                    taken, missed = quiet(door, row, arguments.seconds)
                    most = peak(process.pid)
                found.stop.set()
                cuts = statistics.quantiles(taken, n=100) if len(taken) > 1 else [float("nan")] * 99
                late = f"{statistics.quantiles(found.refused, n=100)[94] * 1000:.0f}" if len(found.refused) > 1 else ""
                others = ", ".join(f"{status}: {count}" for status, count in sorted(found.statuses.items()))
                lines.append(
                    f"| {way}{told} | {cuts[49] * 1000:.2f} | {cuts[94] * 1000:.2f} "
                    f"| {missed} of {len(taken) + missed} | {others} | {late} | {most:.0f} |"
                )
                if most > bound or not taken or process.poll() is not None:
                    wrong.append(lines[-1])
        print("\n".join(lines))
        if wrong:
            raise SystemExit("\n".join(["not bounded:", *wrong]))
    if arguments.write:
        begin, end = DOC.read_text().split(MARK)[0], DOC.read_text().split(MARK)[2]
        DOC.write_text(f"{begin}{MARK}\n" + "\n".join(lines) + f"\n{MARK}{end}")


def loads(many: int) -> list[tuple[str, Callable[[int, bytes, Load], Iterator[None]]]]:
    """What the quiet client is beside: a text, and what makes it at a port with a batch."""
    return [
        ("alone", nothing), (f"{BUSY} connections with batches of 1,000 rows", batches),
        (f"{many} connections with half a body of 0.9 MB", partial(half_bodies, many)),
        (f"{many} connections with a batch and half a body behind it", partial(bodies_behind, many)),
        (f"{many} connections that send a head byte by byte", partial(slow_heads, many)),
    ]  # fmt: skip


def quiet(port: int, body: bytes, seconds: float) -> tuple[list[float], int]:
    """Seconds of each answer to one row, every 10 ms on a connection that is kept; and how many were none with 200."""
    taken: list[float] = []
    missed = 0
    until = time.monotonic() + seconds
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    while time.monotonic() < until:
        start = time.perf_counter()
        try:
            client.request("POST", "/predict", body, KEY)
            answer = client.getresponse()
            answer.read()
            if answer.status == 200:
                taken.append(time.perf_counter() - start)
            else:
                missed += 1
        except (OSError, http.client.HTTPException):
            missed += 1
            client.close()
        time.sleep(0.01)
    return taken, missed


def nothing(port: int, batch: bytes, load: Load) -> Iterator[None]:  # noqa: ARG001
    yield


def batches(port: int, batch: bytes, load: Load) -> Iterator[None]:
    def ask() -> None:
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while not load.stop.is_set():
            start = time.perf_counter()
            try:
                client.request("POST", "/predict", batch, KEY)
                answer = client.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException) as error:
                load.statuses[type(error).__name__] += 1
                client.close()
                continue
            load.statuses[str(answer.status)] += 1
            if answer.status == 503:
                load.refused.append(time.perf_counter() - start)
                # As it is told to, a hundred times sooner.
                time.sleep(0.01)

    threads = [threading.Thread(target=ask, daemon=True) for _ in range(BUSY)]
    for one in threads:
        one.start()
    yield
    load.stop.set()
    for one in threads:
        one.join(60)


def half_bodies(many: int, port: int, batch: bytes, load: Load) -> Iterator[None]:  # noqa: ARG001
    yield from _connections(many, port, lambda one: _offer(one, HALF), lambda _: None, load)


def bodies_behind(many: int, port: int, batch: bytes, load: Load) -> Iterator[None]:
    both = HEAD % len(batch) + batch + HALF
    yield from _connections(many, port, lambda one: _offer(one, both), lambda _: None, load)


def slow_heads(many: int, port: int, batch: bytes, load: Load) -> Iterator[None]:  # noqa: ARG001
    yield from _connections(many, port, lambda one: one.sendall(b"POST /predict HTTP/1.1\r\nhost: "),
                            lambda one: one.send(b"x"), load)  # fmt: skip


def _offer(one: socket.socket, data: bytes) -> None:
    """What the kernel does not take at once is not sent: the server may be reading no further."""
    one.setblocking(False)
    one.send(data)


def _connections(
    many: int, port: int, begin: Callable[[socket.socket], object], more: Callable[[socket.socket], object], load: Load
) -> Iterator[None]:
    """As many as there may be, each made again when the server ends it."""
    opened: list[socket.socket] = []

    def connect() -> socket.socket:
        one = socket.create_connection(("127.0.0.1", port), timeout=5)
        one.setblocking(True)
        with contextlib.suppress(OSError):
            begin(one)
        one.setblocking(False)
        load.statuses["connections"] += 1
        return one

    def keep() -> None:
        while not load.stop.is_set():
            for place, one in enumerate(opened):
                try:
                    with contextlib.suppress(BlockingIOError):
                        if not (data := one.recv(65536)):
                            raise ConnectionResetError
                        if data.startswith(b"HTTP/"):
                            load.statuses[data[9:12].decode()] += 1
                    with contextlib.suppress(BlockingIOError):
                        more(one)
                except OSError:
                    one.close()
                    with contextlib.suppress(OSError):
                        opened[place] = connect()
            load.stop.wait(0.2)

    for _ in range(many):
        with contextlib.suppress(OSError):
            opened.append(connect())
    keeping = threading.Thread(target=keep, daemon=True)
    keeping.start()
    yield
    load.stop.set()
    keeping.join(30)
    for one in opened:
        one.close()


if __name__ == "__main__":
    main()
