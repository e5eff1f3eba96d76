"""Who goes when there are as many connections as there may be."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from jobs.serving.http import Request, Response
from jobs.serving.hub import Answer, Hub
from jobs.serving.metrics import Metrics
from jobs.serving.settings import ServingSettings
from tests.jobs.serving.transport import Wire
from tests.jobs.serving.wire import asked

MOST = 6
HALF = asked("POST", "/predict", content_length="100") + b"{"


@pytest.fixture
def hub() -> Iterator[Hub]:
    """At second 100; requests for `/busy` are never answered."""
    loop = asyncio.new_event_loop()

    def handle(request: Request) -> Answer:
        return loop.create_future() if request.path == "/busy" else Response(200, b"text/plain", b"")

    made = Hub(ServingSettings(max_connections=MOST), Metrics(), handle, lambda told: Response(told.status, b"", b""))
    made.now = 100.0
    yield made
    loop.close()


@pytest.mark.parametrize("half", [b"", b"GET /health HT", HALF])
def test_half_of_all_are_for_those_that_were_answered(hub: Hub, half: bytes) -> None:
    """However long they said nothing, and however fast those come that let the server wait."""
    good = [Wire(hub, asked()) for _ in range(MOST // 2)]
    hub.now = 170.0
    slow = []
    for _ in range(5 * MOST):
        slow.append(Wire(hub, half))
        hub.now += 0.01
    assert all(one.open for one in good)
    assert [one.open for one in slow] == [False] * (5 * MOST - MOST // 2) + [True] * (MOST // 2)
    late = Wire(hub, asked())
    assert late.answers.startswith(b"HTTP/1.1 200")
    assert all(one.open for one in good)


def test_who_just_began_does_not_go_for_the_next_while_another_is_idle(hub: Hub) -> None:
    """Else clients that come one by one end each other."""
    good = [Wire(hub, asked()) for _ in range(MOST // 2 + 1)]
    begun = [Wire(hub, HALF) for _ in range(MOST // 2 - 1)]
    hub.now += 0.9
    Wire(hub, asked())
    assert (good[0].open, begun[0].open) == (False, True)
    hub.now += 0.2
    Wire(hub, asked())
    assert (good[1].open, begun[0].open) == (True, False)


def test_when_all_are_busy_the_next_is_refused_and_takes_no_place_while_it_reads_that(hub: Hub) -> None:
    busy = [Wire(hub, asked(path="/busy")) for _ in range(MOST)]
    refused = [Wire(hub) for _ in range(MOST)]
    assert {one.answers[:12] for one in refused} == {b"HTTP/1.1 503"}
    busy[0].close()
    idle = Wire(hub, asked())
    busy[1].close()
    late = Wire(hub, asked())
    assert late.answers.startswith(b"HTTP/1.1 200")
    assert idle.open


def test_of_too_many_that_were_refused_the_first_stays_no_longer(hub: Hub) -> None:
    busy = [Wire(hub, asked(path="/busy")) for _ in range(MOST)]
    refused = [Wire(hub) for _ in range(MOST + 1)]
    assert [one.open for one in refused] == [False] + [True] * MOST
    busy[0].close()
    assert Wire(hub, asked()).answers.startswith(b"HTTP/1.1 200")
