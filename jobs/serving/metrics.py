"""Metrics of the model server: plain numbers that requests count up, made into text when Prometheus asks."""

from __future__ import annotations

import os
import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from pathlib import Path

# 0.1 and 0.2 s are the goals of the SLO and of the alert; the low ones show where one row really is.
BUCKETS = (0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
# Of probabilities; a rollout compares two versions by them.
BINS = tuple(place / 20 for place in range(1, 21))


class Histogram:
    """How many values are at most each edge, and their sum."""

    __slots__ = ("_counts", "_edges", "_sum")

    def __init__(self, edges: tuple[float, ...]) -> None:
        self._edges = edges
        self._counts = [0] * (len(edges) + 1)
        self._sum = 0.0

    def observe(self, value: float) -> None:
        self._counts[bisect_left(self._edges, value)] += 1
        self._sum += value

    def lines(self, name: str, labels: str = "") -> Iterator[str]:
        total = 0
        comma = "," if labels else ""
        for edge, count in zip((*map(str, self._edges), "+Inf"), self._counts, strict=True):
            total += count
            yield f'{name}_bucket{{le="{edge}"{comma}{labels}}} {float(total)}'
        braces = f"{{{labels}}}" if labels else ""
        yield f"{name}_count{braces} {float(total)}"
        yield f"{name}_sum{braces} {self._sum}"


class Metrics:
    """Of one server; only its loop counts, so nothing is locked. What other threads count are single additions."""

    def __init__(self) -> None:
        self._requests: dict[tuple[str, int], int] = {}
        self._seconds: dict[str, Histogram] = {}
        self._probability = Histogram(BINS)
        self._rows = self._written = self._dropped = 0
        self._hits = self._misses = 0
        self._model: tuple[str, str, str] | None = None
        self._started = time.time()
        self.connections = 0
        self.held = 0

    def request(self, route: str, status: int, seconds: float) -> None:
        key = (route, status)
        self._requests[key] = self._requests.get(key, 0) + 1
        histogram = self._seconds.get(route)
        if histogram is None:
            histogram = self._seconds[route] = Histogram(BUCKETS)
        histogram.observe(seconds)

    def predicted(self, probabilities: Iterable[float], rows: int) -> None:
        self._rows += rows
        for probability in probabilities:
            self._probability.observe(probability)

    def cached(self, *, hit: bool) -> None:
        if hit:
            self._hits += 1
        else:
            self._misses += 1

    def model(self, model: str, version: str, digest: str) -> None:
        self._model = (model, version, digest)

    def written(self, rows: int) -> None:
        self._written += rows

    def dropped(self, rows: int) -> None:
        self._dropped += rows

    def text(self, *, refused: bool = False) -> bytes:
        """Prometheus' text format. `refused`: whether the registry's champion could not be loaded."""
        lines: list[str] = []

        def add(name: str, kind: str, about: str, samples: Iterable[str]) -> None:
            lines.extend((f"# HELP {name} {about}", f"# TYPE {name} {kind}", *samples))

        def number(name: str, kind: str, about: str, value: float) -> None:
            add(name, kind, about, [f"{name} {float(value)}"])

        add(
            "mlops_requests_total", "counter", "Requests by route and status.",
            (f'mlops_requests_total{{route="{route}",status="{status}"}} {float(count)}'
             for (route, status), count in self._requests.items()),
        )  # fmt: skip
        add(
            "mlops_request_seconds", "histogram", "Time from a complete request to its answer.",
            (line for route, one in self._seconds.items()
             for line in one.lines("mlops_request_seconds", f'route="{route}"')),
        )  # fmt: skip
        number("mlops_predicted_rows_total", "counter", "Rows predicted.", self._rows)
        add(
            "mlops_prediction_probability",
            "histogram",
            "Probabilities that were answered.",
            self._probability.lines("mlops_prediction_probability"),
        )
        info = ""
        if self._model:
            model, version, digest = map(_escaped, self._model)
            info = f'mlops_model_info{{digest="{digest}",model="{model}",version="{version}"}} 1.0'
        add("mlops_model_info", "gauge", "The model served, always 1.", [info] if info else [])
        number("mlops_model_loaded", "gauge", "1 when a verified model is served.", bool(self._model))
        number("mlops_champion_refused", "gauge", "1 when the registry's champion could not be loaded.", refused)
        number("mlops_connections", "gauge", "Open connections.", self.connections)
        number("mlops_held_bytes", "gauge", "Bytes of bodies and answers that wait.", self.held)
        number("mlops_cache_hits_total", "counter", "Answers taken from the cache.", self._hits)
        number("mlops_cache_misses_total", "counter", "Answers that were not in the cache.", self._misses)
        number(
            "mlops_inference_log_written_total", "counter", "Predictions written to the inference log.", self._written
        )
        number(
            "mlops_inference_log_dropped_total", "counter", "Predictions that the inference log lost.", self._dropped
        )
        for name, kind, about, value in (*_process(self._started), *_disk()):
            number(name, kind, about, value)
        return ("\n".join(lines) + "\n").encode()


def _process(started: float) -> Iterator[tuple[str, str, str, float]]:
    """Memory and processor's time of the server, for the capacity plan; the names are the Prometheus clients'."""
    times = os.times()
    yield "process_cpu_seconds_total", "counter", "Processor's time.", times.user + times.system
    try:
        pages = Path("/proc/self/statm").read_text().split()
        files = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  # a list of names is all that is needed
    except OSError:
        return
    size = os.sysconf("SC_PAGE_SIZE")
    yield "process_resident_memory_bytes", "gauge", "Memory in use.", int(pages[1]) * size
    yield "process_virtual_memory_bytes", "gauge", "Address space in use.", int(pages[0]) * size
    yield "process_open_fds", "gauge", "Open files and connections.", files
    yield "process_start_time_seconds", "gauge", "When it started, in seconds since 1970.", started


def _disk(folder: str = "/tmp") -> Iterator[tuple[str, str, str, float]]:
    """Of the disk that a pod's scratch folder is on: its node's. On one machine all volumes are folders of the same."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return
    # As `df` has it: what only root may use is nobody's.
    size = disk.f_blocks - disk.f_bfree + disk.f_bavail
    yield "mlops_node_disk_size_bytes", "gauge", "Size of the node's disk, less what is reserved.", size * disk.f_frsize
    yield "mlops_node_disk_available_bytes", "gauge", "What of it is free.", disk.f_bavail * disk.f_frsize


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
