"""The performance test of a served model: what it counts, and when it says no."""

from __future__ import annotations

import asyncio
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from jobs.deployment.bench import Effort, Limits, Measured, bench, bodies, exceeded
from jobs.deployment.bench_threads import bench as threads
from jobs.deployment.target import BadVersionError
from jobs.errors import MlopsError, UnreachableError
from jobs.serving.client import PredictionError
from jobs.training.experiment import Trained
from tests.jobs.serving.server import Server
from tests.jobs.support import example, free_port, mlops


class Scripted(http.server.ThreadingHTTPServer):
    """Answers with `statuses` in turn, the last one for ever; keeps what it was asked."""

    def __init__(self, *statuses: int, model: str = "churn-classifier") -> None:
        self.statuses = list(statuses)
        self.model = model
        self.asked: list[tuple[dict[str, str], Any]] = []
        super().__init__(("127.0.0.1", 0), Answers)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answers(http.server.BaseHTTPRequestHandler):
    server: Scripted
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.asked.append((dict(self.headers), json.loads(body)))
        status = self.server.statuses.pop(0) if len(self.server.statuses) > 1 else self.server.statuses[0]
        answer = json.dumps({"model": self.server.model}).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(answer)))
        self.send_header("x-mlops-track", "green" if len(self.server.asked) % 2 else "blue")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def scripted() -> Iterator[list[Scripted]]:
    """Servers put here are ended at the end."""
    servers: list[Scripted] = []
    yield servers
    for one in servers:
        one.shutdown()
        one.server_close()


@pytest.fixture
def ready(trained: list[Trained], tmp_path: Path) -> Iterator[Server]:
    """A model server that serves."""
    server = Server(max_rows=50)
    server.registry.name(trained[0], "1", tmp_path)
    assert server.holder.refresh()
    server.start()
    yield server
    server.stop()


def started(servers: list[Scripted], *statuses: int, **options: Any) -> Scripted:
    server = Scripted(*statuses, **options)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    servers.append(server)
    return server


def measured(server: Scripted, requests: int = 20, connections: int = 2, **options: Any) -> Measured:
    sent = bodies([{"n": 1}, {"n": 2}, {"n": 3}], 1)
    return asyncio.run(bench(server.url, "secret", sent, Effort(requests, connections, 30), **options))


def test_exactly_as_many_requests_as_asked_for_are_counted(scripted: list[Scripted]) -> None:
    server = started(scripted, 200)
    found = measured(server)
    assert found.statuses == {"200": 20}
    assert len(found.times) == 20
    assert found.tracks.total() == 20
    # One to see that it answers, one for each connection.
    assert len(server.asked) == 20 + 1 + 2
    assert {headers["x-api-key"] for headers, _ in server.asked} == {"secret"}
    assert [body["records"] for _, body in server.asked[-20:]][:3] != [[{"n": 1}]] * 3


def test_errors_are_counted_by_status_and_their_times_are_not(scripted: list[Scripted]) -> None:
    found = measured(started(scripted, *[200] * 3, *[503] * 4, 429, 200))
    assert found.statuses == {"200": 15, "503": 4, "429": 1}
    assert len(found.times) == 15
    assert found.errors == pytest.approx(0.25)
    assert exceeded(found, Limits(errors=0.25)) == []
    assert exceeded(found, Limits(errors=0.2)) == ["25.00% of 20 requests failed, allowed are 20.00%"]


def test_it_ends_after_its_seconds(scripted: list[Scripted]) -> None:
    server = started(scripted, 200)
    found = asyncio.run(bench(server.url, None, [b"{}"], Effort(10_000_000, 1, 0.2)))
    assert 0.2 <= found.seconds < 10
    assert 1 < found.sent < 10_000_000
    assert "x-api-key" not in server.asked[0][0]


def test_nothing_is_measured_of_a_server_that_refuses_or_is_another_or_is_not_there(scripted: list[Scripted]) -> None:
    with pytest.raises(PredictionError, match="first request is refused") as refused:
        measured(started(scripted, 401))
    assert "MLOPS_SERVING_KEY" in str(refused.value)
    with pytest.raises(MlopsError, match="another model answers"):
        measured(started(scripted, 200, model="credit"), model="churn-classifier")
    with pytest.raises(UnreachableError, match="does not answer"):
        asyncio.run(bench(f"http://127.0.0.1:{free_port()}", None, [b"{}"], Effort(1, 1, 1)))


def test_a_server_that_goes_away_is_an_error_and_not_a_crash(scripted: list[Scripted]) -> None:
    server = started(scripted, 200)
    sent = 0

    class Leaving(Answers):
        def do_POST(self) -> None:
            nonlocal sent
            sent += 1
            if sent > 8:
                self.rfile.read(int(self.headers["content-length"]))
                self.close_connection = True
                return
            super().do_POST()

    server.RequestHandlerClass = Leaving
    found = measured(server)
    assert found.sent == 20
    assert found.statuses["200"] == 8 - 3
    assert found.statuses["RemoteProtocolError"] == 15
    assert exceeded(found, Limits())


@pytest.mark.parametrize(
    ("times", "limit", "said"),
    [
        ([1.0] * 94 + [9.0] * 6, 8.0, "p95 is 9.0 ms"), ([1.0] * 96 + [9.0] * 4, 8.0, ""),
        ([], 8.0, "no request"), ([5.0], 8.0, ""),
    ],
)  # fmt: skip
def test_p95_is_of_good_answers(times: list[float], limit: float, said: str) -> None:
    found = Measured(1.0, times=times)
    found.statuses["200"] = len(times)
    told = " ".join(exceeded(found, Limits(p95=limit, errors=None)))
    assert told.startswith(said)
    assert bool(told) == bool(said)


def test_without_any_request_everything_failed() -> None:
    assert Measured().errors == 1.0


def test_bodies_hold_so_many_rows_each() -> None:
    rows = [{"n": number} for number in range(7)]
    assert [len(json.loads(body)["records"]) for body in bodies(rows, 3)] == [3, 3]
    assert [len(json.loads(body)["records"]) for body in bodies(rows, 7)] == [7]


def test_a_target_is_asked_by_its_own_client_and_what_fails_is_counted_by_what_it_is() -> None:
    good = {"predictions": [], "model": "churn-classifier"}
    full = ClientError({"Error": {"Code": "TooManyRequestsException"}}, "Invoke")
    script: list[Any] = [good, good, good, {"status": 413}, full, BadVersionError("it fails"), good]
    asked: list[Any] = []

    def ask(records: list[dict[str, Any]]) -> dict[str, Any]:
        asked.append(records)
        answer = script[len(asked) - 1]
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)

    found = threads(ask, bodies([{"n": 1}, {"n": 2}], 1), Effort(5, 1, 30), "churn-classifier")
    assert found.statuses == {"200": 2, "413": 1, "TooManyRequestsException": 1, "BadVersionError": 1}
    assert len(found.times) == 2
    # One to see that it answers, one for the thread; then in turn.
    assert asked == [[{"n": 1}], [{"n": 1}], *([{"n": 1}], [{"n": 2}]) * 2, [{"n": 1}]]


def test_a_target_is_asked_for_so_long_and_by_so_many_threads_at_once() -> None:
    both = threading.Barrier(2)
    begun: list[int] = []

    def ask(_: list[dict[str, Any]]) -> dict[str, Any]:
        begun.append(1)
        if 1 < len(begun) <= 7:
            both.wait(10)
        return {"predictions": [], "model": "m"}

    found = threads(ask, [b'{"records": []}'], Effort(4, 2, 30), "m")
    assert found.statuses == {"200": 4}
    assert threads(ask, [b'{"records": []}'], Effort(10**9, 1, 0.1), "m").sent > 1
    with pytest.raises(PredictionError, match="first request is refused"):
        threads(lambda _: {"status": 413}, [b'{"records": []}'], Effort(1, 1, 1), "m")


def test_the_command_measures_a_real_server(ready: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_SERVING_URL", ready.url)
    said = example("deploy bench")
    assert "200 requests of 1 rows" in said.out, said.err
    assert "200: 200" in said.out
    # Whether this machine is quick enough for the example's limit just now is no claim.
    assert said.code == ("exceeded: p95 is" in said.out)
    assert mlops("deploy", "bench", ready.url, "--requests", "20", "--p95", "3600000").code == 0
    told = mlops("deploy", "bench", ready.url, "--requests", "20", "--rows", "50", "--p95", "0.001", "--json")
    assert told.code == 1
    assert told.json["requests"] == 20
    assert told.json["statuses"] == {"200": 20}
    assert told.json["milliseconds"]["p95"] > 0.001
    assert told.json["exceeded"][0].startswith("p95 is")


def test_the_command_refuses_what_it_cannot_send(ready: Server) -> None:
    said = mlops("deploy", "bench", ready.url, "--rows", "100000")
    assert said.code == 2
    assert "fewer rows than one request" in said.err
    said = mlops("deploy", "bench", "churn-classifier")
    assert (said.code, "no such target" in said.err) == (2, True)
