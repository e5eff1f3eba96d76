"""A real Prometheus for tests, with samples that a test says; nothing is scraped."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx

from tests.jobs.support import Process, free_port, running
from tests.support.promtool import command, run

SECONDS = 30.0


@contextlib.contextmanager
def prometheus(folder: Path, samples: Mapping[str, Mapping[float, float]]) -> Iterator[str]:
    """`samples`: series → seconds ago → value. → its address."""
    data = folder / "data"
    given = folder / "samples.txt"
    given.write_text(_openmetrics(samples, time.time()))
    made = run("promtool", "tsdb", "create-blocks-from", "openmetrics", given, data)
    assert made.returncode == 0, made.stdout + made.stderr
    config = folder / "prometheus.yaml"
    config.write_text("scrape_configs: []\n")
    port = free_port()
    options = {"config.file": config, "storage.tsdb.path": data, "web.listen-address": f"127.0.0.1:{port}"}
    words = [f"--{name}={value}" for name, value in options.items()]
    with running(*command("prometheus"), *words, "--storage.tsdb.retention.time=60d", env={}) as process:
        _wait(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"


def _openmetrics(samples: Mapping[str, Mapping[float, float]], now: float) -> str:
    lines = [
        f"{series} {value} {now - ago:.3f}"
        for series, values in samples.items()
        for ago, value in sorted(values.items(), reverse=True)
    ]
    return "\n".join([*lines, "# EOF\n"])


def _wait(url: str, process: Process) -> None:
    until = time.monotonic() + SECONDS
    while True:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{url}/-/ready").status_code == 200:
                return
        assert time.monotonic() < until, "".join(process.lines)
        time.sleep(0.05)
