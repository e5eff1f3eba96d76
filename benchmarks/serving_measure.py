"""The phases of the serving benchmark: each server alone, then all of them in turns."""

from __future__ import annotations

import contextlib
import itertools
import json
import shutil
import signal
import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.environments import environment
from benchmarks.serving_client import Answer, Connection, one_by_one, request, together
from benchmarks.serving_model import Model, largest_difference
from benchmarks.serving_process import Tree, running
from benchmarks.serving_report import FLOOR, INSIDE, LIBRARY, OURS
from benchmarks.serving_servers import PEERS, ROOT, Server, clean
from tests.jobs.support import free_port

# The client has the last core for itself, every server the first one.
SERVER_CORE, CLIENT_CORE = 0, 1
START_SECONDS = 120.0
WARM_UP = 100
WARM_UP_SECONDS = 1.0
MANY = 1000
# Float32 sums differ in the last places between libraries.
TOLERANCE = 1e-6
Figures = dict[str, float]
Answers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Effort:
    """How long everything is measured; each round ends after so many requests or seconds, whichever is first."""

    rounds: int
    requests: int
    seconds: float
    many: int
    connections: int
    load_seconds: float
    starts: int


FULL = Effort(rounds=5, requests=3000, seconds=2.0, many=12, connections=64, load_seconds=2.0, starts=3)
QUICK = Effort(rounds=3, requests=1000, seconds=1.0, many=5, connections=64, load_seconds=1.0, starts=1)


class Bench:
    """The servers with what they need, and what was found of each."""

    def __init__(self, folder: Path, model: Model, registry: str, effort: Effort) -> None:
        self.folder = folder
        self.model = model
        self.registry = registry
        self.effort = effort
        self.found: dict[str, Figures] = {}
        self.made: dict[str, Path] = {}
        # Rows without a gap: not every peer takes one.
        records = model.records[: model.rows]
        self.plain = [place for place, one in enumerate(records) if None not in one.values()]
        self.expected: Answers = np.zeros(0)
        self._numbers = itertools.count()

    def make(self, lock: str) -> Path:
        """The pipeline in the environment of a peer, which must answer as the library does here."""
        if lock not in self.made:
            made = self.folder / lock
            made.mkdir()
            for name in ("booster.json", "features.json", "records.json"):
                shutil.copy(self.folder / name, made)
            self._process(lock, str(PEERS / "make.py"), str(made))
            answers = np.load(made / "answers.npy")
            if len(self.expected) and np.max(np.abs(answers - self.expected)) > TOLERANCE:
                raise SystemExit(f"the library answers otherwise in the environment of {lock}")
            self.expected = answers
            self.made[lock] = made
        return self.made[lock]

    @contextlib.contextmanager
    def serving(self, server: Server) -> Iterator[tuple[Tree, int, float]]:
        """Process, port, and seconds from its start to the first good answer."""
        port = free_port()
        own = self.folder / f"server-{next(self._numbers)}"
        own.mkdir()
        made = own if server.product in (OURS, FLOOR) else self.make(server.lock)
        command = server.command(port, made, own)
        given = server.environment(port, made, self.registry, own)
        record = self.model.records[:1]
        sent = request(server.path, server.body(record))
        wanted = 0.5 if server.product == FLOOR else float(self.expected[0])

        def good() -> bool:
            connection = Connection(port)
            try:
                answer = connection.ask(sent)
                return answer.status == 200 and abs(server.probabilities(answer.body)[0] - wanted) < TOLERANCE
            finally:
                connection.close()

        with running(command, given, SERVER_CORE, own, own / f"{server.name}.log") as tree:
            yield tree, port, tree.ready(good, START_SECONDS)

    def cold_start(self, server: Server) -> None:
        """Seconds from a new process to its first prediction, without a server: import, load, one row; a median."""
        ours = server.product == OURS
        made = self.model.trained.folder if ours else self.make(server.lock)
        record = self.folder / "record.json"
        record.write_text(json.dumps(self.model.records[0]))
        arguments = (str(PEERS / "cold_start.py"), server.product, str(made), str(record))
        seconds = []
        # The first one compiles.
        for number in range(self.effort.starts + 1):
            began = time.monotonic()
            answer, ended = self._process(server.lock, *arguments).split()
            if abs(float(answer) - float(self.expected[0])) > TOLERANCE:
                raise SystemExit(f"{server.name} answers otherwise in a new process")
            if number:
                seconds.append(float(ended) - began)
        self.note(server.name, cold=statistics.median(seconds))

    def inside(self) -> None:
        """What the library and our own path take within a process, in turns."""
        rows = self.plain[:MANY]
        body = self.folder / "body.json"
        body.write_bytes(Server(OURS).body([self.model.records[place] for place in rows]))
        library = self.make("mlflow-serve")
        found: dict[str, list[Figures]] = {LIBRARY: [], INSIDE: []}
        for _ in range(self.effort.rounds):
            said = self._process("mlflow-serve", str(PEERS / "library.py"), str(library), str(MANY))
            found[LIBRARY].append(json.loads(said))
            arguments = ("-m", "benchmarks.serving_inside", str(self.model.trained.folder), str(body))
            found[INSIDE].append(json.loads(self._process("serving", *arguments)))
        for name, rounds in found.items():
            self.note(name, **{each: statistics.median(one[each] for one in rounds) for each in rounds[0]})

    def _process(self, lock: str, *arguments: str) -> str:
        """What it prints last, if anything; on the core of the servers."""
        command = ["taskset", "--cpu-list", str(SERVER_CORE), str(environment(lock)), *arguments]
        given = {**clean(), "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, env=given, cwd=self.folder, check=True, stdout=subprocess.PIPE, text=True)
        return (done.stdout.splitlines() or [""])[-1]

    def alone(self, server: Server) -> None:
        """Time to ready, and memory after load: nothing else runs that could share pages with it."""
        sent = self._single(server)
        ready, memory = [], []
        # The first start compiles.
        for number in range(self.effort.starts + 1):
            with self.serving(server) as (tree, port, seconds):
                if number:
                    together(port, sent, self.effort.connections, self.effort.load_seconds)
                    ready.append(seconds)
                    memory.append(tree.memory())
        self.note(server.name, ready=statistics.median(ready), memory=max(memory))

    def in_turns(self, servers: Sequence[Server]) -> None:
        """Every measure of every server in rounds, so that whatever else the machine does meets all of them."""
        with contextlib.ExitStack() as stack:
            started: dict[Server, tuple[Tree, int]] = {}
            for one in servers:
                tree, port, _ = stack.enter_context(self.serving(one))
                started[one] = tree, port
                one_by_one(port, self._single(one)[:WARM_UP])
                together(port, self._single(one), self.effort.connections, WARM_UP_SECONDS)
                tree.signal(signal.SIGSTOP)
            latency = {one: self._rounds(one, port) for one, (_, port) in started.items() if one.batch == 1}
            many = {one: self._many(one, port) for one, (_, port) in started.items() if one.batch == 1}
            load = {one: self._load(one, tree, port) for one, (tree, port) in started.items()}
            measures: list[dict[Server, Iterator[Figures]]] = [latency, many, load]
            for measure in measures:
                rounds: dict[Server, list[Figures]] = {one: [] for one in measure}
                for number in range(self.effort.rounds):
                    # The order changes, so that none always follows the same other.
                    order = list(measure)
                    for one in order[number % len(order) :] + order[: number % len(order)]:
                        with started[one][0].awake(alone=measure is not load):
                            rounds[one].append(next(measure[one]))
                for one, found in rounds.items():
                    self.note(one.name, **{name: statistics.median(each[name] for each in found) for name in found[0]})
            for server, (tree, port) in started.items():
                if server.product != FLOOR and server.batch == 1:
                    with tree.awake(alone=True):
                        self.note(server.name, **self._equality(server, port))

    def _rounds(self, server: Server, port: int) -> Iterator[Figures]:
        """Percentiles of one-row requests in ms, over one connection."""
        sent = self._single(server)
        typical = statistics.median(answer.seconds for answer in one_by_one(port, sent[:20]))
        count = int(min(len(sent), max(100, self.effort.seconds / typical)))
        for start in itertools.count(0, count):
            chosen = [(start + number) % len(sent) for number in range(count)]
            answers = one_by_one(port, [sent[place] for place in chosen])
            self._check(server, answers, [self.plain[place] for place in chosen])
            cuts = statistics.quantiles((answer.seconds * 1000 for answer in answers), n=100)
            yield {"p50": cuts[49], "p95": cuts[94], "p99": cuts[98]}

    def _many(self, server: Server, port: int) -> Iterator[Figures]:
        """The median of requests of a thousand rows in ms."""
        rows = self.plain[:MANY]
        sent = request(server.path, server.body([self.model.records[place] for place in rows]))
        while True:
            answers = one_by_one(port, [sent] * self.effort.many)
            self._check(server, answers, rows * len(answers))
            yield {"many": statistics.median(answer.seconds for answer in answers) * 1000}

    def _load(self, server: Server, tree: Tree, port: int) -> Iterator[Figures]:
        """Requests a second of many connections, CPU of the server for each in µs, and what clients wait in ms."""
        sent = self._single(server)
        while True:
            # Who counts how long answers took last finds the sleep in it: BentoML's batching then refuses at first.
            together(port, sent, self.effort.connections, WARM_UP_SECONDS)
            before = tree.cpu_seconds()
            load = together(port, sent, self.effort.connections, self.effort.load_seconds)
            spent = tree.cpu_seconds() - before
            done = len(load.times) - load.failed
            if done < 10:
                raise SystemExit(f"{server.name} answered {done} requests in {load.seconds:.1f} s")
            cuts = statistics.quantiles(load.times, n=100)
            yield {
                "throughput": done / load.seconds, "cpu": spent / done * 1e6, "load_p95": cuts[94] * 1000,
                "failed": load.failed,
            }  # fmt: skip

    def _equality(self, server: Server, port: int) -> Figures:
        """Largest difference to the library over every row, and how many were refused; ours also one by one."""
        connection = Connection(port)
        worst, refused = 0.0, 0
        try:
            for size in (100, 1) if server.product == OURS else (100,):
                for start in range(0, len(self.model.records), size):
                    worst, refused = self._ask(server, connection, range(start, start + size), worst, refused)
        finally:
            connection.close()
        return {"difference": worst, "refused": refused}

    def _ask(
        self, server: Server, connection: Connection, rows: Sequence[int], worst: float, refused: int
    ) -> tuple[float, int]:
        """A request that is refused is asked again row by row."""
        rows = [row for row in rows if row < len(self.model.records)]
        answer = connection.ask(request(server.path, server.body([self.model.records[row] for row in rows])))
        if answer.status == 200:
            difference = largest_difference(server.probabilities(answer.body), self.expected[rows])
            return max(worst, difference), refused
        if len(rows) == 1:
            return worst, refused + 1
        for row in rows:
            worst, refused = self._ask(server, connection, [row], worst, refused)
        return worst, refused

    def _single(self, server: Server) -> list[bytes]:
        """Requests of one real row each."""
        rows = self.plain[: self.effort.requests]
        return [request(server.path, server.body([self.model.records[place]])) for place in rows]

    def _check(self, server: Server, answers: Sequence[Answer], rows: Sequence[int]) -> None:
        """Raises SystemExit unless each answer is the library's: what is fast and wrong is no figure."""
        for answer in answers:
            if answer.status != 200:
                raise SystemExit(f"{server.name} answered {answer.status}: {answer.body[:500]!r}")
        if server.product != FLOOR:
            given = [one for answer in answers for one in server.probabilities(answer.body)]
            if (difference := largest_difference(given, self.expected[list(rows)])) > TOLERANCE:
                raise SystemExit(f"{server.name} differs from the library by {difference:g}")

    def note(self, name: str, **figures: float) -> None:
        self.found.setdefault(name, {}).update(figures)
        print(f"{name}: {', '.join(f'{each} {value:.4g}' for each, value in figures.items())}", flush=True)
