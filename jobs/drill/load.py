"""Runs and files as clients write them, each one journalled when the platform has acknowledged all of it."""

from __future__ import annotations

import hashlib
import itertools
import random
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.drill.journal import Journal, metrics_of, params_of

Say = Callable[[str], None]
OBJECT = 1024 * 1024
FILE = "part.bin"
SAID_EVERY = 1000


@dataclass(frozen=True)
class Amount:
    """`first` is the number of the first run: a second load of the same experiment goes on where the first ended."""

    runs: int
    bytes: int
    first: int = 0

    @property
    def files(self) -> int:
        """Of about a MiB each, at most one a run."""
        return min(self.runs, -(-self.bytes // OBJECT))

    def size(self, place: int) -> int:
        """Bytes of the file of the run at this place, 0 without one; files are spread over the runs."""
        if not self.files or (place + 1) * self.files // self.runs == place * self.files // self.runs:
            return 0
        return self.bytes // self.files


def load(experiment: str, amount: Amount, journal: Journal, writers: int, say: Say) -> int:
    """→ how many runs were acknowledged. Raises MlopsError or MLflow's error as soon as one is refused."""
    from mlflow import MlflowClient

    client = MlflowClient()
    known = client.get_experiment_by_name(experiment)
    where = known.experiment_id if known else client.create_experiment(experiment)
    numbers, over = iter(range(amount.runs)), threading.Event()
    lock, done = threading.Lock(), itertools.count(1)

    def places() -> Iterator[int]:
        while not over.is_set():
            with lock:
                place = next(numbers, None)
            if place is None:
                return
            yield place

    def write() -> None:
        with tempfile.TemporaryDirectory(prefix="mlops-load-") as folder:
            for place in places():
                _run(client, where, amount.first + place, amount.size(place), Path(folder), journal)
                if (count := next(done)) % SAID_EVERY == 0:
                    say(f"{count} of {amount.runs} runs")

    def one(_: int) -> None:
        try:
            write()
        except BaseException:
            over.set()
            raise

    with ThreadPoolExecutor(writers, thread_name_prefix="load") as pool:
        try:
            for ended in pool.map(one, range(writers)):
                assert ended is None
        finally:
            over.set()
    return next(done) - 1


def content(number: int, size: int) -> bytes:
    """Half of the files can be compressed, half cannot."""
    if number % 2:
        return random.Random(number).randbytes(size)
    line = f"{{nodeid: {number}, split: f{number % 19}, yes: {2 * number}}}\n".encode()
    return (line * (size // len(line) + 1))[:size]


def _run(client: Any, experiment: str, number: int, size: int, folder: Path, journal: Journal) -> None:
    from mlflow.entities import Metric, Param

    run = client.create_run(experiment, run_name=f"load-{number}").info.run_id
    client.log_batch(
        run,
        metrics=[Metric(key, value, 1_700_000_000_000, 0) for key, value in metrics_of(number).items()],
        params=[Param(key, value) for key, value in params_of(number).items()],
    )
    sha256 = None
    if size:
        body = content(number, size)
        sha256 = hashlib.sha256(body).hexdigest()
        (folder / FILE).write_bytes(body)
        client.log_artifact(run, str(folder / FILE))
    client.set_terminated(run)
    journal.add(number, run, sha256)
