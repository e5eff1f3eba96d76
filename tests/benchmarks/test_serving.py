"""What the serving benchmark's figures rest on: answers cut to length, rows with gaps, goals, processes that end."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.serving_client import one_by_one, request, together, whole
from benchmarks.serving_floor import Floor
from benchmarks.serving_model import UNSEEN, largest_difference, odd
from benchmarks.serving_process import running
from benchmarks.serving_report import STEPS, goals, tables
from benchmarks.serving_servers import everyone
from benchmarks.tables import with_tables

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nx: y\r\n\r\nhello"
INSIDE = {f"{step} {rows}": 2.0 for _, step in STEPS.values() for rows in ("one", "many")}
FAST = {"p50": 0.1, "p95": 0.1, "p99": 0.2, "throughput": 9000.0, "cpu": 90.0, "load_p95": 7.0, "many": 2.0}
STARTED = {"memory": 40.0, "ready": 0.4, "cold": 0.2, "size": 60.0, "difference": 1e-7, "refused": 0.0}
SLOW = {"p50": 9.0, "p95": 9.0, "p99": 9.0, "throughput": 100.0, "cpu": 9e3, "load_p95": 700.0, "many": 50.0}
HEAVY = {"memory": 400.0, "ready": 8.0, "cold": 3.0, "size": 600.0, "difference": 1e-7, "refused": 0.0}


@pytest.fixture
def floor() -> Iterator[int]:
    """Port of the floor server, in a thread."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(Floor, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield server.sockets[0].getsockname()[1]
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    server.close()
    loop.close()


def found(**ours: float) -> dict[str, dict[str, float]]:
    """Figures with which every goal holds, but for those of ours that are given."""
    peers = ("MLServer", "BentoML", "LitServe")
    others = {f"{one}{how}": SLOW for one in peers for how in (", by hand", ", batching", ", by hand, batching")}
    return {
        "floor": FAST, "ours": {**FAST, **STARTED, **ours}, "mlflow models serve": {**SLOW, **HEAVY},
        **{one: {**SLOW, **HEAVY} for one in peers}, **others, "the library": INSIDE, "our path": INSIDE,
    }  # fmt: skip


@pytest.mark.parametrize("length", range(len(ANSWER)))
def test_a_part_of_an_answer_is_not_whole(length: int) -> None:
    assert whole(ANSWER[:length]) == 0


def test_the_body_of_a_whole_answer_is_found() -> None:
    assert ANSWER[whole(ANSWER) :] == b"hello"


def test_an_answer_without_a_length_is_refused() -> None:
    with pytest.raises(ValueError, match="without content-length"):
        whole(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n")


def test_every_request_has_its_answer_on_one_connection_and_on_many(
    floor: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = [request("/predict", b"x" * size) for size in (1, 10, 1000, 100_000)]
    assert [answer.status for answer in one_by_one(floor, sent)] == [200] * 4
    # A millisecond for each look at the clock: how many are answered in one is no claim.
    looks = count()
    monkeypatch.setattr("benchmarks.serving_client.time", SimpleNamespace(perf_counter=lambda: next(looks) / 1000))
    load = together(floor, sent, connections=8, seconds=0.2)
    assert load.failed == 0
    assert len(load.times) > 8
    assert load.seconds >= 0.2


def test_rows_come_again_with_gaps_and_with_words_never_seen() -> None:
    rows = odd([{"n": 1, "a": "x", "b": "y"} for _ in range(40)], ("n",), ("a", "b"))
    assert len(rows) == 40 + 40 + 2
    assert rows[:40] == [{"n": None, "a": "x", "b": "y"}] * 40
    assert rows[40:42] == [{"n": 1, "a": UNSEEN, "b": "y"}, {"n": 1, "a": "x", "b": UNSEEN}]
    assert rows[-1] == {"n": None, "a": UNSEEN, "b": UNSEEN}


def test_answers_of_another_number_are_infinitely_wrong() -> None:
    assert largest_difference([0.5, 0.25], np.array([0.5, 0.5])) == 0.25
    assert largest_difference([0.5], np.array([0.5, 0.5])) == float("inf")


def test_every_goal_can_hold_and_each_can_be_missed() -> None:
    assert [one.text for one in goals(found()) if not one.holds] == []
    worse = {"p95": 2.0, "throughput": 399.0, "memory": 67.0, "ready": 0.81, "cold": 3.1, "size": 601.0, "many": 2.1}
    for figure, value in {**worse, "difference": 2e-6}.items():
        assert [one.text for one in goals(found(**{figure: value})) if not one.holds], figure


def test_a_peer_by_hand_or_with_batching_is_no_excuse() -> None:
    figures = found()
    figures["LitServe, by hand"] = {**SLOW, "p95": 0.5}
    figures["BentoML, batching"] = {**SLOW, "throughput": 3000.0}
    missed = [one for one in goals(figures) if not one.holds]
    assert {one.beside.split(" 0.5")[0].split(" 3,")[0] for one in missed} == {"LitServe, by hand", "BentoML, batching"}


def test_every_figure_stands_in_the_tables() -> None:
    told = tables(found())
    assert told.keys() == {"goals", "requests", "starts", "inside"}
    for one in everyone():
        assert f"| {one.name} |" in told["requests"]
    assert "| ours | 40 | 0.40 | 0.20 | 60 |" in told["starts"]
    assert told["inside"].count("| 2000.0 | 2.000 |") == len(STEPS)


def test_a_document_without_a_place_for_a_table_is_refused() -> None:
    assert with_tables("a\n<!-- t -->\nold\n<!-- /t -->\nb", {"t": "new\n"}) == "a\n<!-- t -->\nnew\n<!-- /t -->\nb"
    with pytest.raises(SystemExit, match="needs one place"):
        with_tables("a", {"t": "new\n"})


def test_a_server_ends_with_every_process_it_started(tmp_path: Path) -> None:
    child = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], " \
        "start_new_session=True); import time; time.sleep(600)"  # fmt: skip
    core = min(os.sched_getaffinity(0))
    with running([sys.executable, "-c", child], os.environ, core, tmp_path, tmp_path / "log") as tree:
        tree.ready(lambda: len(tree.ids()) == 2, 30)
        ids = tree.ids()
        assert tree.memory() > 1
    assert [one for one in ids if Path(f"/proc/{one}/exe").exists()] == []


def test_a_server_that_ends_at_once_is_told_with_its_last_words(tmp_path: Path) -> None:
    broken = [sys.executable, "-c", "print('no such model'); raise SystemExit(3)"]
    with (
        running(broken, os.environ, min(os.sched_getaffinity(0)), tmp_path, tmp_path / "broken.log") as tree,
        pytest.raises(SystemExit, match=r"broken ended with 3:\nno such model"),
    ):
        tree.ready(lambda: False, 30)
