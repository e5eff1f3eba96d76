"""Trials a second of Optuna's storages on one PostgreSQL that waits for its disk, written into docs/tuning.md.

    python -m benchmarks.tuning [--rounds 3] [--seconds 4] [--print]

Three storages: Optuna's `RDBStorage`, the same behind Optuna's gRPC proxy, Optuna's `JournalStorage` on an append-only
table, and ours; workers are processes that begin together. The objective is a sum of five squares, so that all but the
storage and the sampler costs nothing; once more with 100 ms of idling, as if it ran on another machine. Every figure is
the median of the rounds; storages take turns within a round.
"""

from __future__ import annotations

import argparse
import datetime
import multiprocessing
import os
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import optuna
import psycopg

from benchmarks.tuning_journal import JournalTable
from jobs.tuning.address import open_storage
from jobs.tuning.config import SamplerName
from jobs.tuning.postgres.schema import alchemy
from jobs.tuning.strategies import sampler
from jobs.tuning.studies import silence
from tests.support import postgres

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "tuning.md"
MARK = "<!-- written by python -m benchmarks.tuning -->"
STORAGES = ("RDBStorage", "gRPC proxy", "JournalStorage", "ours")
WORKERS = (1, 2, 4, 8)
IDLE = 0.1
FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Case:
    """One line of a table."""

    storage: str
    sampler: SamplerName
    idle: float


def opened(storage: str, url: str, proxy: int) -> Any:
    """Optuna's storage, as each worker opens it."""
    match storage:
        case "RDBStorage":
            return optuna.storages.get_storage(alchemy(url))
        case "gRPC proxy":
            return optuna.storages.GrpcStorageProxy(host="127.0.0.1", port=proxy)
        case "JournalStorage":
            return optuna.storages.JournalStorage(JournalTable(url))
        case _:
            return open_storage(url)


def objective(trial: optuna.Trial, idle: float) -> float:
    value = sum(trial.suggest_float(f"x{place}", -1.0, 1.0) ** 2 for place in range(5))
    time.sleep(idle)
    return value


def work(
    study: str, open_one: Callable[[], Any], case: Case, seconds: float, index: int, together: Any, counts: Any
) -> None:
    """One worker; tells how many trials it finished and how long that took."""
    silence()
    optimized = optuna.load_study(study_name=study, storage=open_one(), sampler=sampler(case.sampler, (1, index)))
    finished: list[int] = []
    together.wait()
    began = time.monotonic()
    optimized.optimize(
        partial(objective, idle=case.idle),
        timeout=seconds,
        callbacks=[lambda _study, trial: finished.append(trial.number)],
    )
    counts.put((len(finished), time.monotonic() - began))


def rate(case: Case, workers: int, seconds: float, url: str, proxy: int) -> float:
    """Trials a second of all workers together."""
    open_one = partial(opened, case.storage, url, proxy)
    study = f"{case.storage} {time.time_ns()}"
    # In a process of its own: a worker that is forked must not find an open connection.
    make = FORK.Process(target=lambda: optuna.create_study(study_name=study, storage=open_one()))
    make.start()
    make.join()
    together, counts = FORK.Barrier(workers), FORK.SimpleQueue()
    team = [
        FORK.Process(target=work, args=(study, open_one, case, seconds, index, together, counts))
        for index in range(workers)
    ]
    for worker in team:
        worker.start()
    for worker in team:
        worker.join()
    if any(worker.exitcode for worker in team):
        raise SystemExit(f"{case} with {workers} workers: exit codes {[worker.exitcode for worker in team]}")
    told = [counts.get() for _ in team]
    return float(sum(count for count, _ in told) / max(took for _, took in told))


@contextmanager
def proxied(url: str) -> Iterator[int]:
    """Port of Optuna's gRPC proxy before its `RDBStorage`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    server = FORK.Process(
        target=lambda: optuna.storages.run_grpc_proxy_server(
            optuna.storages.get_storage(alchemy(url)), host="127.0.0.1", port=port
        )
    )
    server.start()
    try:
        yield port
    finally:
        server.terminate()
        server.join()


def waits(case: Case, url: str, proxy: int) -> tuple[float, float]:
    """Transactions, and waits for the disk, that one trial of one worker costs."""
    counters = "SELECT (SELECT sum(xact_commit) FROM pg_stat_database), (SELECT wal_sync FROM pg_stat_wal)"

    def read() -> tuple[int, int]:
        with psycopg.connect(url, autocommit=True) as session:
            row = session.execute(counters).fetchone()
            assert row
            return int(row[0]), int(row[1])

    before, seconds = read(), 4.0
    trials = seconds * rate(case, 1, seconds, url, proxy)
    after = read()
    return (after[0] - before[0]) / trials, (after[1] - before[1]) / trials


def measure(rounds: int, seconds: float, url: str, proxy: int) -> dict[Case, dict[int, float]]:
    """Medians by case and number of workers."""
    cases = [Case(storage, name, 0.0) for name in ("random", "tpe") for storage in STORAGES]
    cases += [Case(storage, "random", IDLE) for storage in ("RDBStorage", "ours")]
    found: dict[tuple[Case, int], list[float]] = {}
    for number in range(rounds):
        for workers in WORKERS:
            for case in cases:
                found.setdefault((case, workers), []).append(rate(case, workers, seconds, url, proxy))
                print(f"round {number + 1}: {case} {workers} workers: {found[case, workers][-1]:.1f}/s", flush=True)
    return {case: {workers: statistics.median(found[case, workers]) for workers in WORKERS} for case in cases}


def table(rates: dict[Case, dict[int, float]], sampler_name: str, idle: float) -> list[str]:
    """Markdown; efficiency is the rate of n workers over n times the rate of one."""
    chosen = {case: found for case, found in rates.items() if case.sampler == sampler_name and case.idle == idle}
    peer = next(found for case, found in chosen.items() if case.storage == "RDBStorage")
    lines = [
        "| trials/s (efficiency) | "
        + " | ".join(f"{workers} worker{'s' * (workers > 1)}" for workers in WORKERS)
        + " |",
        "| --- |" + " --- |" * len(WORKERS),
    ]
    for case, found in chosen.items():
        cells = [f"{found[n]:.1f} ({found[n] / (n * found[1]):.0%})" for n in WORKERS]
        lines.append(f"| {case.storage} | " + " | ".join(cells) + " |")
        if case.storage == "ours":
            lines.append(
                "| **ours / RDBStorage** | " + " | ".join(f"**{found[n] / peer[n]:.1f} times**" for n in WORKERS) + " |"
            )
    return lines


def cost_table(costs: dict[str, tuple[float, float]]) -> list[str]:
    """Markdown."""
    lines = ["| of one trial | transactions | waits for the disk |", "| --- | --- | --- |"]
    return [*lines, *(f"| {storage} | {many:.1f} | {synced:.1f} |" for storage, (many, synced) in costs.items())]


def text(
    rates: dict[Case, dict[int, float]], costs: dict[str, tuple[float, float]], rounds: int, day: str, load: float
) -> str:
    """What is written between the marks."""
    parts = [
        "\n".join(cost_table(costs)),
        f"Measured on {day}, {os.cpu_count()} cores, medians of {rounds} rounds, Optuna {optuna.__version__}, "
        f"load {load:.0f} before it began.",
        "Random sampler, an objective that costs nothing:",
        "\n".join(table(rates, "random", 0.0)),
        "TPE (Optuna's default), an objective that costs nothing:",
        "\n".join(table(rates, "tpe", 0.0)),
        f"Random sampler, an objective that idles for {IDLE * 1000:.0f} ms:",
        "\n".join(table(rates, "random", IDLE)),
    ]
    return "\n\n".join(parts)


def main() -> int:
    """Measures and rewrites the document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--print", action="store_true", help="do not rewrite the document")
    given = parser.parse_args()
    silence()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="mlops-tuning-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        programs = postgres.programs(folder)
        if programs is None:
            raise SystemExit("PostgreSQL's image is not in the cache: run `make up` once")
        with postgres.server(programs, folder / "data", settings={}) as server:
            url = f"postgresql://postgres@127.0.0.1:{server.port}/postgres"
            make = FORK.Process(target=partial(opened, "ours", url, 0))
            make.start()
            make.join()
            with proxied(url) as proxy:
                costs = {storage: waits(Case(storage, "random", 0.0), url, proxy) for storage in STORAGES}
                rates = measure(given.rounds, given.seconds, url, proxy)
    told = text(rates, costs, given.rounds, datetime.datetime.now(datetime.UTC).date().isoformat(), load)
    print(told)
    if not given.print:
        before, _, after = DOCUMENT.read_text().split(MARK)
        DOCUMENT.write_text(f"{before}{MARK}\n\n{told}\n\n{MARK}{after}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
