"""A version is watched while it serves."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from jobs.monitoring.config import WatchConfig
from jobs.monitoring.watch import Sample, Watched, look, watch
from tests.jobs.monitoring.prometheus import Fake, prometheus
from tests.jobs.support import example, free_port, mlops

WELL = Sample(pods=2, others=0, requests_per_second=10.0, errors=0.0, p95_seconds=0.01, refused=False)
CONFIG = WatchConfig(every_seconds=15, errors=0.05, p95_seconds=0.2)


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        monkeypatch.setattr(time, "sleep", self.sleep)

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def server() -> Iterator[Fake]:
    with prometheus() as fake:
        yield fake


def seeing(monkeypatch: pytest.MonkeyPatch, *samples: Sample, seconds: float = 60) -> tuple[Watched, list[str]]:
    """Watches while the samples follow each other, the last for ever."""
    left = list(samples)
    lines: list[str] = []
    monkeypatch.setattr("jobs.monitoring.watch.look", lambda *_: left.pop(0) if len(left) > 1 else left[0])
    return watch(lambda _: None, CONFIG, "m", "3", seconds, lines.append), lines


def test_a_version_that_is_well_is_watched_to_the_end(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    found, lines = seeing(monkeypatch, WELL, seconds=50)
    assert (found.verdict, len(found.samples)) == ("good", 5)
    assert clock.now == 150.0
    assert lines[0].startswith("0 of 50 s: 2 servers, 10.0/s, 0.0% failed, p95 10.0 ms")


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (replace(WELL, errors=0.06), "6.0% of the requests fail"),
        (replace(WELL, p95_seconds=0.3), "p95 is 300 ms, allowed 200 ms"),
        (replace(WELL, refused=True), "refuses the champion"),
        (replace(WELL, pods=0), "no server serves the version any more"),
    ],
)
def test_what_is_bad_twice_in_a_row_ends_the_watch_early(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, bad: Sample, words: str
) -> None:
    found, lines = seeing(monkeypatch, WELL, bad, seconds=3600)
    assert (found.verdict, len(found.samples)) == ("bad", 3)
    assert words in found.reason
    assert "BAD" in lines[-1]
    assert clock.now == 130.0


@pytest.mark.usefixtures("clock")
def test_one_bad_sample_is_told_and_forgiven(monkeypatch: pytest.MonkeyPatch) -> None:
    found, lines = seeing(monkeypatch, WELL, replace(WELL, errors=0.5), WELL)
    assert found.verdict == "good"
    assert sum("BAD" in line for line in lines) == 1


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("samples", "verdict", "words"),
    [
        ([replace(WELL, pods=0)], "bad", "no server serves the version"),
        ([WELL, replace(WELL, others=1)], "bad", "1 servers still serve another version"),
        ([replace(WELL, requests_per_second=0, errors=None, p95_seconds=None)], "inconclusive", "nobody asked"),
        ([replace(WELL, pods=0), WELL], "good", "none was bad twice"),
    ],
)
def test_at_the_end_the_version_must_be_served_alone_and_asked(
    monkeypatch: pytest.MonkeyPatch, samples: list[Sample], verdict: str, words: str
) -> None:
    found, _ = seeing(monkeypatch, *samples)
    assert found.verdict == verdict
    assert words in found.reason


def answers(query: str) -> float | None:
    """40 requests a second of which 2 fail; one server of the version, one of another."""
    for pattern, value in (
        (r"^histogram_quantile", 0.02), (r'status=~"5', 2.0), (r"^sum\(rate\(mlops_requests_total", 40.0),
        (r'^count.*version="3"', 1.0), (r'^count.*version!="3"', 1.0),
    ):  # fmt: skip
        if re.search(pattern, query):
            return value
    return None


def test_a_sample_is_what_the_pods_of_the_version_answered() -> None:
    asked: list[str] = []

    def ask(query: str) -> float | None:
        asked.append(query)
        return answers(query)

    assert look(ask, "churn", "3") == Sample(1, 1, 40.0, 0.05, 0.02, False)
    rates = [query for query in asked if "rate(" in query]
    assert len(rates) == 3
    assert all('on(pod) group_left() mlops_model_info{model="churn",version="3"}' in query for query in rates)


@pytest.mark.usefixtures("clock")
def test_the_command_ends_with_1_when_the_version_is_bad(server: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_PROMETHEUS", server.url)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    values: dict[str, Any] = {"others": 0.0}
    server.value = lambda query: values["others"] if "version!=" in query else answers(query)
    said = example("monitor watch")
    assert (said.code, "good: " in said.out) == (0, True), said.out + said.err
    values["others"] = 1.0
    bad = mlops("monitor", "watch", "--version", "3", "--for", "30s", "--json")
    assert (bad.code, bad.json["verdict"]) == (1, "bad")


@pytest.mark.parametrize("duration", ["10", "soon", "-1m"])
def test_a_duration_that_is_none_is_a_usage_error(duration: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    assert mlops("monitor", "watch", "--version", "3", f"--for={duration}").code == 2


def test_a_prometheus_that_is_unknown_down_or_refuses_is_told(server: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    command = ("monitor", "watch", "--version", "3", "--for", "1s")
    assert (mlops(*command).code, "no Prometheus is known" in mlops(*command).err) == (2, True)
    down = mlops(*command, "--prometheus", f"http://127.0.0.1:{free_port()}")
    assert (down.code, "does not answer" in down.err) == (1, True)
    for status, words in ((400, "refused the question"), (503, "Prometheus fails")):
        server.status = status
        said = mlops(*command, "--prometheus", server.url)
        assert (said.code, words in said.err) == (1, True)
