"""Claims about when a tracking server says that it is ready."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from typing import Any

from jobs.tracking.app import ReadyInFront, told_apart
from jobs.tracking.readiness import Readiness, Verdict, database


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Counted:
    def __init__(self, error: Exception | None = None, seconds: float = 0.0) -> None:
        self.calls = 0
        self.error = error
        self.seconds = seconds

    def __call__(self) -> None:
        self.calls += 1
        time.sleep(self.seconds)
        if self.error:
            raise self.error


def test_it_is_ready_when_every_check_passes() -> None:
    verdict = asyncio.run(Readiness({"database": Counted(), "store": Counted()}).verdict())
    assert verdict == Verdict({"database": "ok", "store": "ok"})
    assert verdict.ready


def test_one_failing_check_is_named_by_its_kind_and_never_by_its_text() -> None:
    checks = {"database": Counted(ConnectionError("password=secret host=10.0.0.1")), "store": Counted()}
    verdict = asyncio.run(Readiness(checks).verdict())
    assert verdict == Verdict({"database": "ConnectionError", "store": "ok"})
    assert not verdict.ready


def test_a_check_that_hangs_is_given_up() -> None:
    go = threading.Event()

    def hangs() -> None:
        go.wait()

    async def given_up() -> Verdict:
        try:
            return await Readiness({"database": hangs}, timeout=0.05).verdict()
        finally:
            go.set()

    assert asyncio.run(given_up()) == Verdict({"database": "timeout"})


def test_callers_that_arrive_together_share_one_round_of_checks() -> None:
    check = Counted(seconds=0.05)
    readiness = Readiness({"database": check})

    async def ask() -> list[Verdict]:
        return list(await asyncio.gather(*(readiness.verdict() for _ in range(20))))

    assert all(verdict.ready for verdict in asyncio.run(ask()))
    assert check.calls == 1


def test_a_verdict_is_fresh_for_a_second_and_then_asked_again() -> None:
    clock, check = Clock(), Counted()
    readiness = Readiness({"database": check}, clock=clock)

    async def ask_at(*times: float) -> list[int]:
        counts = []
        for clock.now in times:
            await readiness.verdict()
            counts.append(check.calls)
        return counts

    assert asyncio.run(ask_at(0.0, 0.9, 1.1, 1.2, 2.3)) == [1, 1, 2, 2, 3]


def test_a_database_that_answers_passes_and_one_that_cannot_be_opened_does_not() -> None:
    database("sqlite://")()
    verdict = asyncio.run(Readiness({"database": database("sqlite:////nowhere/x.db")}).verdict())
    assert verdict == Verdict({"database": "OperationalError"})


def ask(readiness: Readiness, path: str) -> tuple[int, bytes]:
    sent: list[Any] = []

    async def mlflow(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 401, "headers": []})
        await send({"type": "http.response.body", "body": b"mlflow"})

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    asyncio.run(ReadyInFront(mlflow, readiness, 1)({"type": "http", "path": path}, receive, send))
    return sent[0]["status"], sent[1]["body"]


def test_ready_is_answered_without_credentials() -> None:
    status, body = ask(Readiness({"store": Counted()}), "/ready")
    assert (status, json.loads(body)) == (200, {"ready": True, "store": "ok"})


def test_not_ready_is_a_503_that_says_what_is_missing() -> None:
    status, body = ask(Readiness({"store": Counted(OSError())}), "/ready")
    assert (status, json.loads(body)) == (503, {"ready": False, "store": "OSError"})


def test_everything_else_is_for_mlflow_to_answer() -> None:
    for path in ("/", "/health/", "/ready/", "/readyz", "/metrics"):
        assert ask(Readiness({}), path) == (401, b"mlflow"), path


def test_a_server_that_is_only_busy_answers_its_probes_and_lets_others_wait_their_turn() -> None:
    async def run() -> tuple[list[int], int, int]:
        inside, most, release = 0, 0, asyncio.Event()

        async def mlflow(_scope: Any, _receive: Any, send: Any) -> None:
            nonlocal inside, most
            inside += 1
            most = max(most, inside)
            await release.wait()
            inside -= 1
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b""})

        app = ReadyInFront(mlflow, Readiness({"store": Counted()}), at_once=2)
        answers: list[int] = []

        async def one(path: str) -> None:
            async def send(message: Any) -> None:
                if message["type"] == "http.response.start":
                    answers.append(message["status"])

            await app({"type": "http", "path": path}, None, send)  # type: ignore[arg-type]

        waiting = [asyncio.create_task(one("/api")) for _ in range(10)]
        while inside < 2:
            await asyncio.sleep(0)
        await one("/health")
        await one("/ready")
        probes = list(answers)
        release.set()
        await asyncio.gather(*waiting)
        return probes, most, len(answers)

    assert asyncio.run(run()) == ([200, 200], 2, 12)


def answered(status: int, *parts: bytes) -> tuple[int, bytes]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def mlflow() -> None:
        told = told_apart(send)
        await told({"type": "http.response.start", "status": status, "headers": []})
        for place, part in enumerate(parts, 1):
            await told({"type": "http.response.body", "body": part, "more_body": place < len(parts)})

    asyncio.run(mlflow())
    return sent[0]["status"], b"".join(message["body"] for message in sent[1:])


def test_a_full_disk_is_a_507_that_clients_do_not_retry_and_any_other_answer_is_as_it_was() -> None:
    full = b'{"message": "(psycopg.errors.DiskFull) could not ', b'extend file: No space left on device"}'
    assert answered(503, *full) == answered(500, *full) == (507, b"".join(full))
    assert answered(503, b"database is starting") == (503, b"database is starting")
    assert answered(200, b"no space left on ", b"device") == (200, b"no space left on device")
    assert answered(503, b"") == (503, b"")
