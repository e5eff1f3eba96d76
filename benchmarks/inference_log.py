"""What the inference log costs a request: `python -m benchmarks.inference_log`.

Three model servers of one model: without the log, with it on a real store, and with a store that is down. Requests of
one row go to them in turns, on connections that stay open, so that whatever else the machine does meets all three.
`--write` puts the table into docs/monitoring.md.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import http.client
import json
import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.registry_of_one import registry
from benchmarks.telco import trained
from tests.jobs.support import ROOT, Process, free_port, running
from tests.support import store

DOC = ROOT / "docs" / "monitoring.md"
MARK = "<!-- python -m benchmarks.inference_log --write -->"
OFF, ON, DOWN = "without", "with", "store down"
TURN = 100
# An object every second is sixty times what a server does by default.
SECONDS = "1"

Figures = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=6000, help="to each server")
    parser.add_argument("--write", action="store_true", help=f"into {DOC.relative_to(ROOT)}")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        telco, model = trained(folder)
        address = stack.enter_context(registry(model, folder))
        bucket = store.Server(folder / "store")
        stack.enter_context(store.running(bucket))
        bucket.make(["inference-logs"])
        log = {"MLOPS_INFERENCE_LOG": "s3://inference-logs", "MLOPS_INFERENCE_LOG_SECONDS": SECONDS}
        gone = {**bucket.environment, "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9", "MLFLOW_S3_ENDPOINT_URL": ""}
        ports = {
            kind: stack.enter_context(_server(address, environment))
            for kind, environment in ((OFF, {}), (ON, {**bucket.environment, **log}), (DOWN, {**gone, **log}))
        }
        bodies = [json.dumps({"records": [telco.record(row)]}).encode() for row in range(1000)]
        _measure(ports, bodies, 10 * TURN)
        before = {kind: _metrics(port) for kind, port in ports.items()}
        found = _measure(ports, bodies, arguments.requests)
        after = {kind: _metrics(port) for kind, port in ports.items()}
        objects = bucket.client().list_objects_v2(Bucket="inference-logs").get("KeyCount", 0)
        told = _told(found, before, after, objects)
        print(told)
        if arguments.write:
            begin, end = DOC.read_text().split(MARK)[0], DOC.read_text().split(MARK)[2]
            DOC.write_text(f"{begin}{MARK}\n{told}\n{MARK}{end}")


def _measure(ports: dict[str, int], bodies: list[bytes], requests: int) -> dict[str, list[float]]:
    """Seconds of each request, by server."""
    connections = {kind: http.client.HTTPConnection("127.0.0.1", port) for kind, port in ports.items()}
    times: dict[str, list[float]] = {kind: [] for kind in ports}
    for turn in range(requests // TURN):
        # The order changes, so that none always follows the same other.
        for kind in sorted(ports, key=lambda kind: (turn * 7 + len(kind) * 5) % 3):
            for number in range(TURN):
                start = time.perf_counter()
                connections[kind].request(
                    "POST", "/predict", bodies[(turn * TURN + number) % len(bodies)],
                    {"content-type": "application/json"},
                )  # fmt: skip
                answer = connections[kind].getresponse()
                answer.read()
                times[kind].append(time.perf_counter() - start)
                assert answer.status == 200
    return times


def _told(times: dict[str, list[float]], before: dict[str, Figures], after: dict[str, Figures], objects: int) -> str:
    lines = [
        f"Measured {datetime.date.today()}: {len(times[OFF])} requests of one row to each server, in turns of {TURN}, "
        f"an object every {SECONDS} s ({objects} in the store); load of the machine {os.getloadavg()[0]:.1f} on "
        f"{os.cpu_count()} cores.",
        "",
        "| inference log | p50 ms | p95 ms | p99 ms | CPU µs a request | rows written | rows dropped |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for kind, taken in times.items():
        cuts = statistics.quantiles(taken, n=100)
        p50, p95, p99 = (cuts[place - 1] * 1000 for place in (50, 95, 99))
        spent = {name: after[kind][name] - before[kind][name] for name in after[kind]}
        cpu = spent["process_cpu_seconds_total"] / len(taken) * 1e6
        kept, lost = (spent[f"mlops_inference_log_{name}_total"] for name in ("written", "dropped"))
        lines.append(f"| {kind} | {p50:.3f} | {p95:.3f} | {p99:.3f} | {cpu:.0f} | {kept:.0f} | {lost:.0f} |")
    lines.append("")
    for kind in (ON, DOWN):
        for name, place in (("p50", 50), ("p95", 95)):
            low, middle, high = statistics.quantiles(_differences(times[kind], times[OFF], place), n=4)
            lines.append(
                f"- {kind}: {name} of a turn is {middle * 1e6:+.0f} µs beside {OFF} "
                f"(quartiles {low * 1e6:+.0f} to {high * 1e6:+.0f})"
            )
    return "\n".join(lines)


def _differences(taken: list[float], beside: list[float], percent: int) -> list[float]:
    """Of the percentile of each turn to that of the same turn of another server."""

    def cut(times: list[float], start: int) -> float:
        return statistics.quantiles(times[start : start + TURN], n=100)[percent - 1]

    return [cut(taken, start) - cut(beside, start) for start in range(0, len(taken), TURN)]


def _metrics(port: int) -> Figures:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    return {name: float(value) for name, value in re.findall(r"^(\w+) (\S+)$", text, re.MULTILINE)}


@contextlib.contextmanager
def _server(registry: str, environment: dict[str, str]) -> Iterator[int]:
    port = free_port()
    settings = {
        "PYTHONPATH": str(ROOT), "MLOPS_PORT": str(port), "MLOPS_HOST": "127.0.0.1", "MLFLOW_TRACKING_URI": registry,
        "MLOPS_POLL_SECONDS": "3600", **environment,
    }  # fmt: skip
    process: Process
    with running(sys.executable, "-m", "jobs.serving", env=settings) as process:
        process.wait_for("model loaded", seconds=60)
        yield port


if __name__ == "__main__":
    main()
