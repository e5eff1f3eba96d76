"""What the gateway adds to a request, and what a switch of the traffic costs: `python -m benchmarks.gateway [--write]`.

Both ways end at the same server, which answers a constant; the client's own cost is in both.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.serving_client import Connection, one_by_one, request, together
from benchmarks.serving_floor import ANSWER, Floor
from infra.foundation.apps import COLOURS
from infra.serving.envoy.places import Upstream
from tests.jobs.support import free_port
from tests.support.envoy import KEYS, Gateway, in_front_of, settings

DOC = Path(__file__).parents[1] / "docs" / "gateway.md"
MARK = "<!-- python -m benchmarks.gateway --write -->"
ROW = b'{"records":[{"tenure":5,"contract":"Month-to-month","monthly_charges":70.35,"internet_service":"Fiber optic"}]}'
TURNS, TURN = 20, 200
CONNECTIONS, SECONDS = 64, 4.0
SWITCHES = 100


class Server(Floor):
    """Also says that it is ready."""

    def data_received(self, data: bytes) -> None:
        if data.startswith(b"GET"):
            self.transport.write(ANSWER)
        else:
            super().data_received(data)


@dataclass(frozen=True)
class Way:
    """What one of the two ways took: seconds of each request alone, and requests a second of many together."""

    alone: list[float]
    rate: float
    failed: int


def main() -> None:
    """Prints the figures, and writes them into the document when told to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"put the figures into {DOC.name}")
    arguments = parser.parse_args()
    # As many workers as `local` has.
    with (
        _servers() as upstreams,
        tempfile.TemporaryDirectory() as folder,
        in_front_of(upstreams, Path(folder), settings(timeoutSeconds=10)) as started,
    ):
        told = _measured(started, upstreams[0].port)
    print(told)
    if arguments.write:
        begin, _, end = DOC.read_text().split(MARK)
        DOC.write_text(f"{begin}{MARK}\n{told}\n{MARK}{end}")


def _measured(started: Gateway, direct: int) -> str:
    asked = request("/predict", ROW).replace(b"\r\n\r\n", b"\r\nx-api-key: %s\r\n\r\n" % KEYS["default"].encode(), 1)
    ports = {"direct": direct, "through the gateway": started.places.http}
    alone: dict[str, list[float]] = {way: [] for way in ports}
    for turn in range(TURNS + 1):
        for way in sorted(ports, reverse=bool(turn % 2)):
            times = [answer.seconds for answer in one_by_one(ports[way], [asked] * TURN)]
            if turn:
                # The first turn warms up.
                alone[way] += times
    ways, cpu = {}, 0.0
    for way, port in ports.items():
        before = _cpu(started)
        load = together(port, [asked], CONNECTIONS, SECONDS)
        # Of the way that is measured last: the gateway's.
        cpu = (_cpu(started) - before) / len(load.times)
        ways[way] = Way(alone[way], len(load.times) / load.seconds, load.failed)
    return _told(ways, cpu, _switched(started, asked), _resident(started))


def _told(ways: Mapping[str, Way], cpu: float, drill: str, resident: int) -> str:
    lines = [
        f"Measured {datetime.date.today()}, one worker, {os.cpu_count()} cores shared by client, gateway and server, "
        f"load {os.getloadavg()[0]:.1f}: {TURNS * TURN} requests of one row one by one on an open connection, "
        f"then {CONNECTIONS} connections for {SECONDS:.0f} s.",
        "",
        "| way | p50 ms | p95 ms | p99 ms | requests/s together | failed |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, way in ways.items():
        cuts = statistics.quantiles(way.alone, n=100)
        p50, p95, p99 = (cuts[place - 1] * 1000 for place in (50, 95, 99))
        lines.append(f"| {name} | {p50:.3f} | {p95:.3f} | {p99:.3f} | {way.rate:.0f} | {way.failed} |")
    lines += [
        "",
        f"- the gateway itself: {cpu * 1e6:.0f} µs of CPU a request with {CONNECTIONS} connections, "
        f"{resident / 2**20:.0f} MiB resident afterwards",
        drill,
    ]
    return "\n".join(lines)


def _switched(started: Gateway, asked: bytes) -> str:
    """Moves the traffic while eight connections ask, and says what they saw."""
    statuses: list[int] = []
    stop = threading.Event()

    def ask() -> None:
        connection = Connection(started.places.http)
        while not stop.is_set():
            statuses.append(connection.ask(asked).status)
        connection.close()

    clients = [threading.Thread(target=ask) for _ in range(8)]
    for client in clients:
        client.start()
    taken = []
    for number in range(SWITCHES):
        blue = (0, 100, 50, 95)[number % 4]
        begin = time.perf_counter()
        started.send(split_blue=blue, split_green=100 - blue)
        taken.append(time.perf_counter() - begin)
    stop.set()
    for client in clients:
        client.join()
    failed = sum(status != 200 for status in statuses)
    return (
        f"- {SWITCHES} switches while {len(clients)} connections ask: {failed} of {len(statuses)} requests failed; in "
        f"force {statistics.median(taken) * 1000:.0f} ms after the files changed, {max(taken) * 1000:.0f} ms at most"
    )


def _cpu(started: Gateway) -> float:
    """Seconds that the gateway's process has used."""
    fields = Path(f"/proc/{started.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident(started: Gateway) -> int:
    return int(Path(f"/proc/{started.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@contextlib.contextmanager
def _servers() -> Iterator[list[Upstream]]:
    """A server of each colour in a process of its own; `in_front_of` waits until they are ready."""
    upstreams = [Upstream(colour, "localhost", free_port()) for colour in COLOURS]
    line = [sys.executable, "-m", "benchmarks.gateway", "serve"]
    running = [subprocess.Popen([*line, str(upstream.port)]) for upstream in upstreams]
    try:
        yield upstreams
    finally:
        for process in running:
            process.terminate()
            process.wait(10)


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        asyncio.run(_serve(int(sys.argv[2])))
    else:
        main()
