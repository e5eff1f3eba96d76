"""Calls of language models reach MLflow, and their caller never pays for it."""

from __future__ import annotations

import contextlib
import multiprocessing
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from mlflow import MlflowClient

from jobs.gateway import Call, GatewayLogger
from jobs.gateway.runs import CALLS_PER_REQUEST
from tests.jobs.support import free_port

# Far above what a call costs and far below what any server takes to answer, also on a busy machine.
SLOW = 0.05


class Held:
    """A sink that lets calls through when the test says so, and fails when it is told to."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.failures: list[Exception] = []
        self.batches: list[list[Call]] = []
        self.closed = False

    def write(self, calls: Sequence[Call]) -> int:
        assert self.open.wait(30)
        if self.failures:
            raise self.failures.pop(0)
        self.batches.append(list(calls))
        return 0

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def held() -> Iterator[Held]:
    sink = Held()
    yield sink
    sink.open.set()


@contextlib.contextmanager
def logging_to(experiment: str, **options: Any) -> Iterator[GatewayLogger]:
    logger = GatewayLogger(experiment, **options)
    try:
        yield logger
    finally:
        logger.close()


def runs(address: str, experiment: str) -> list[Any]:
    client = MlflowClient(address)
    home = client.get_experiment_by_name(experiment)
    return list(client.search_runs([home.experiment_id], order_by=["attributes.start_time"])) if home else []


def test_each_call_is_a_step_and_each_domain_model_and_temperature_a_run(tracking: str) -> None:
    with logging_to("gateway-series") as logger:
        for number in range(300):
            logger.log(
                Call(
                    "rag", "small", 0.7, response_time=number / 1000, prompt_tokens=10, completion_tokens=number,
                    evidence_violations=["no source"] * (number % 2), citations=[1, 2], hedging=number % 3 == 0,
                )
            )  # fmt: skip
        logger.log(Call("chat", "small"))
        assert logger.flush(60)
        assert logger.stats.written == 301
    rag, chat = runs(tracking, "gateway-series")
    assert rag.data.params == {"domain": "rag", "model": "small", "temperature": "0.7"}
    assert chat.data.params["temperature"] == "default"
    assert (rag.info.status, rag.data.tags["mlops.role"]) == ("FINISHED", "gateway")
    assert rag.data.metrics == {
        "response_time": 0.299, "token_count": 309, "prompt_tokens": 10, "completion_tokens": 299,
        "evidence_violations": 1, "citation_count": 2, "hedging_detected": 0, "failed": 0, "total_calls": 300,
        "total_token_count": 300 * 10 + sum(range(300)), "total_evidence_violations": 150,
        "total_citation_count": 600, "total_hedging_detected": 100, "total_failed": 0,
    }  # fmt: skip
    assert set(chat.data.metrics) >= {"citation_count", "total_calls"}
    assert "response_time" not in chat.data.metrics
    history = MlflowClient(tracking).get_metric_history(rag.info.run_id, "response_time")
    assert sorted((one.step, one.value) for one in history) == [(number, number / 1000) for number in range(300)]


def test_a_block_is_measured_and_its_error_goes_on_to_the_caller(held: Held) -> None:
    logger = GatewayLogger(sink=held)
    with logger.request("rag", "small", 0.7) as call:
        call.tokens = 5
    with pytest.raises(KeyError), logger.request("rag", "small", 0.7):
        raise KeyError("of the caller")
    held.open.set()
    logger.close()
    (fine, failed) = [call for batch in held.batches for call in batch]
    assert (fine.tokens, fine.error, failed.error) == (5, None, "KeyError")
    assert fine.response_time is not None
    assert failed.figures()["failed"] == 1.0
    assert 0 <= fine.response_time < 10


@contextlib.contextmanager
def silent_server() -> Iterator[str]:
    """Accepts connections and never answers."""
    import socket

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(50)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.mark.parametrize("kind", ["refuses", "never answers"])
def test_a_server_that_is_down_neither_slows_nor_fails_the_caller_and_the_queue_stays_bounded(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with contextlib.ExitStack() as stack:
        silent = kind == "never answers"
        address = stack.enter_context(silent_server()) if silent else f"http://127.0.0.1:{free_port()}"
        monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
        logger = GatewayLogger("nowhere", capacity=500)
        started = time.perf_counter()
        accepted = [logger.log(Call("rag", "small", 0.7)) for _ in range(5000)]
        assert time.perf_counter() - started < 5000 * SLOW / 10
        stats = logger.stats
        assert accepted.count(True) + stats.dropped == 5000
        assert stats.waiting <= 500 + CALLS_PER_REQUEST
        assert stats.written == 0
        begun = time.perf_counter()
        logger.close(seconds=1)
        assert time.perf_counter() - begun < 10


def test_a_full_queue_drops_the_newest_and_counts_them(held: Held) -> None:
    logger = GatewayLogger(capacity=10, seconds=60, sink=held)
    assert [logger.log(Call("d", "m", response_time=number)) for number in range(15)] == [True] * 10 + [False] * 5
    assert logger.stats.dropped == 5
    held.open.set()
    assert logger.flush(20)
    assert [call.response_time for call in held.batches[0]] == list(range(10))
    assert logger.log(Call("d", "m"))
    assert logger.close().written == 11
    assert held.closed


def test_threads_lose_nothing_between_them(held: Held) -> None:
    held.open.set()
    logger = GatewayLogger(sink=held, capacity=100_000)
    threads = [
        threading.Thread(target=lambda: [logger.log(Call("d", "m", tokens=1)) for _ in range(2000)]) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert logger.close(20).written == 16_000
    assert sum(len(batch) for batch in held.batches) == 16_000
    assert max(len(batch) for batch in held.batches) <= CALLS_PER_REQUEST


def test_an_outage_is_waited_for_and_nothing_is_lost(held: Held) -> None:
    held.failures = [ConnectionError("down")]
    held.open.set()
    logger = GatewayLogger(sink=held, seconds=0.01)
    logger.log(Call("d", "m"))
    assert logger.flush(20)
    assert logger.stats.written == 1


def test_what_is_refused_for_ever_does_not_keep_others_waiting(held: Held) -> None:
    held.failures = [ValueError("never")] * 3
    held.open.set()
    logger = GatewayLogger(sink=held, seconds=60)
    logger.log(Call("bad", "m"))
    logger.log(Call("good", "m"))
    stats = logger.close(20)
    assert (stats.refused, stats.written) == (1, 1)
    assert [batch[0].domain for batch in held.batches] == ["good"]


@pytest.mark.parametrize(
    "strange",
    [Call("d", "m", response_time=float("nan")), Call("d", "m", tokens="many"), Call("d", "m", time=None), {}],  # type: ignore[arg-type]
)
def test_a_call_that_makes_no_sense_is_left_out_and_counted(strange: Any, tracking: str) -> None:
    with logging_to("gateway-strange", seconds=60) as logger:
        assert logger.log(strange)
        assert logger.log(Call("d", "m", tokens=3))
        assert logger.flush(60)
        assert (logger.stats.refused, logger.stats.written) == (1, 1)
    assert runs(tracking, "gateway-strange")[-1].data.metrics["total_token_count"] == 3


def test_a_run_that_somebody_deleted_is_replaced(tracking: str) -> None:
    with logging_to("gateway-deleted") as logger:
        logger.log(Call("d", "m", tokens=1))
        assert logger.flush(60)
        (first,) = runs(tracking, "gateway-deleted")
        MlflowClient(tracking).delete_run(first.info.run_id)
        logger.log(Call("d", "m", tokens=2))
        assert logger.flush(60)
        assert logger.stats.written == 2
    (second,) = runs(tracking, "gateway-deleted")
    assert second.info.run_id != first.info.run_id
    assert second.data.metrics["token_count"] == 2


def test_after_the_close_calls_are_dropped_and_a_second_close_does_nothing(held: Held) -> None:
    held.open.set()
    logger = GatewayLogger(sink=held)
    logger.close()
    assert logger.log(Call("d", "m")) is False
    assert logger.close().dropped == 1


def test_the_end_of_the_process_writes_what_is_left(tracking: str) -> None:
    program = (
        "from jobs.gateway import Call, logger\n"
        "logger.EXIT_SECONDS = 90\n"  # the import of MLflow on a busy machine
        "logger.GatewayLogger('gateway-exit').log(Call('d', 'm', tokens=7))"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
    (run,) = runs(tracking, "gateway-exit")
    assert (run.info.status, run.data.metrics["token_count"]) == ("FINISHED", 7)


def test_a_forked_process_logs_on(tracking: str) -> None:
    logger = GatewayLogger("gateway-fork")

    def child() -> None:
        logger.log(Call("child", "m"))
        logger.close(60)

    forked = multiprocessing.get_context("fork").Process(target=child)
    forked.start()
    forked.join(90)
    logger.log(Call("parent", "m"))
    logger.close(60)
    assert forked.exitcode == 0
    assert sorted(run.data.params["domain"] for run in runs(tracking, "gateway-fork")) == ["child", "parent"]


def test_importing_the_logger_does_not_import_mlflow() -> None:
    program = "import sys, jobs.gateway; sys.exit('mlflow' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
