"""For how long a client is waited for, and what is read of it meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from jobs.serving.connection import SMALL_BYTES
from jobs.serving.http import Request, Response
from jobs.serving.hub import Answer, Hub
from jobs.serving.metrics import Metrics
from jobs.serving.settings import ServingSettings
from tests.jobs.serving.transport import Wire
from tests.jobs.serving.wire import asked

SETTINGS = ServingSettings(header_seconds=10, request_seconds=30, keep_alive_seconds=75)
BUSY = asked(path="/busy")


class Desk(Hub):
    """At second 100; a request for `/busy` is answered when the test says so."""

    def __init__(self) -> None:
        super().__init__(SETTINGS, Metrics(), self._answer, lambda told: Response(told.status, b"", b""))
        self.loop = asyncio.new_event_loop()
        self.now = 100.0
        self._busy: asyncio.Future[Response] = self.loop.create_future()

    def _answer(self, request: Request) -> Answer:
        return self._busy if request.path == "/busy" else Response(200, b"text/plain", b"")

    def answer(self) -> None:
        self._busy.set_result(Response(200, b"text/plain", b""))
        self.loop.run_until_complete(asyncio.sleep(0))


@pytest.fixture
def hub() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.loop.close()


def test_who_takes_no_answer_is_read_no_further_and_has_the_time_of_a_request(hub: Desk) -> None:
    one = Wire(hub, asked())
    hub.now, one.unsent = 105.0, 5000
    one.connection.pause_writing()
    assert (one.reading, one.connection.deadline, hub.held) == (False, 135.0, 5000)
    one.connection.resume_writing()
    assert (one.reading, hub.held) == (True, 0)


def test_who_does_not_take_its_last_answer_has_the_time_of_a_request(hub: Desk) -> None:
    one = Wire(hub)
    one.close = lambda: None  # type: ignore[method-assign]  # as when bytes are left to send
    one.connection.data_received(asked(connection="close"))
    assert one.connection.deadline == 130.0


def test_a_request_behind_another_is_not_answered_and_nothing_behind_it_is_read(hub: Desk) -> None:
    one = Wire(hub, BUSY + asked())
    assert (one.reading, one.answers) == (False, b"")
    hub.answer()
    assert (one.reading, one.answers.count(b"200 OK")) == (True, 2)


def test_half_a_body_behind_another_request_has_the_time_of_a_request_from_the_answer_on(hub: Desk) -> None:
    one = Wire(hub, BUSY + asked("POST", content_length="9") + b"x")
    hub.now = 120.0
    hub.answer()
    assert one.connection.deadline == 150.0


def test_when_all_bytes_are_held_the_usual_request_gets_through(hub: Desk) -> None:
    hub.held = SETTINGS.max_held_bytes + 1
    assert Wire(hub, asked("POST", body=b" " * SMALL_BYTES)).answers.startswith(b"HTTP/1.1 200")
    assert Wire(hub, asked("POST", body=b" " * (SMALL_BYTES + 1))).answers.startswith(b"HTTP/1.1 503")
