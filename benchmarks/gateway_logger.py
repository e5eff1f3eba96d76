"""What logging a call of a language model costs its caller: `python -m benchmarks.gateway_logger`.

The same calls by `GatewayLogger` to a server that is up, one that is down and one that never answers, in turns; then by
a run for each call, as MLflow's own examples do it, and by a trace for each. Microseconds of a call for its caller, and
calls written per second, until the last is in MLflow.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from jobs.gateway import Call, GatewayLogger
from tests.jobs.support import ROOT, connecting_client, free_port, running

TURN = 200
UP, DOWN, SILENT = "GatewayLogger, server up", "server down", "server never answers"
RUN, TRACE = "a run for each call", "a trace for each call"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--calls", type=int, default=20_000, help="of each kind")
    parser.add_argument("--runs", type=int, default=50, help="and traces")
    arguments = parser.parse_args()
    logging.disable()
    os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"
    with tempfile.TemporaryDirectory() as folder, _server(Path(folder)) as up, _silent() as silent:
        kinds = {UP: up, DOWN: f"http://127.0.0.1:{free_port()}", SILENT: silent}
        loggers = {}
        for kind, address in kinds.items():
            os.environ["MLFLOW_TRACKING_URI"] = address
            loggers[kind] = GatewayLogger("benchmark", capacity=arguments.calls + 1)
            loggers[kind].log(call())
            # Each client reads the address when it writes first.
            loggers[kind].flush(30 if kind == UP else 3)
        micros: dict[str, list[float]] = {kind: [] for kind in kinds}
        started = time.perf_counter()
        for _ in range(arguments.calls // TURN):
            for kind, logger in loggers.items():
                micros[kind] += [timed(logger.log) for _ in range(TURN)]
        assert loggers[UP].flush(300)
        rates = {UP: loggers[UP].stats.written / (time.perf_counter() - started)}
        os.environ["MLFLOW_TRACKING_URI"] = up
        for kind, log in ((RUN, as_run), (TRACE, as_trace)):
            log(call())
            started = time.perf_counter()
            micros[kind] = [timed(log) for _ in range(arguments.runs)]
            flush()
            rates[kind] = arguments.runs / (time.perf_counter() - started)
        for kind, values in micros.items():
            p50, p95, p99 = (statistics.quantiles(values, n=100, method="inclusive")[place] for place in (49, 94, 98))
            print(f"{kind:<26} p50 {p50:9.1f} µs  p95 {p95:9.1f}  p99 {p99:9.1f}  most {max(values):9.1f}")
        for kind, logger in loggers.items():
            stats = logger.close(2)
            print(f"{kind:<26} written {stats.written}, waiting {stats.waiting}, dropped {stats.dropped}")
        for kind, rate in rates.items():
            print(f"{kind:<26} {rate:.0f} calls written per second")


def call() -> Call:
    return Call("rag", "small", 0.7, response_time=0.4, tokens=512, evidence_violations=1, citations=3, hedging=True)


def as_run(call: Call) -> None:
    import mlflow

    mlflow.set_experiment("benchmark-plain")
    with mlflow.start_run(run_name="call"):
        mlflow.log_params({"domain": call.domain, "model": call.model, "temperature": call.temperature})
        mlflow.log_metrics(call.figures())


def as_trace(call: Call) -> None:
    import mlflow

    with mlflow.start_span("call", attributes={"domain": call.domain, "model": call.model, **call.figures()}):
        pass


def flush() -> None:
    import mlflow

    mlflow.flush_trace_async_logging()


def timed(log: Callable[[Call], object]) -> float:
    one = call()
    started = time.perf_counter()
    log(one)
    return (time.perf_counter() - started) * 1e6


@contextlib.contextmanager
def _server(folder: Path) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "jobs", "tracking", "serve", "--folder", str(folder), "--port", str(port)]
    with running(*command, env={"PYTHONPATH": str(ROOT)}), connecting_client(f"http://127.0.0.1:{port}") as client:
        assert client.get("/health").text == "OK"
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def _silent() -> Iterator[str]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(50)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


if __name__ == "__main__":
    main()
