"""What is read of a client, and where reading ends."""

from __future__ import annotations

import tracemalloc

from jobs.serving.body import Refusal
from jobs.serving.http import Request
from jobs.serving.reader import Reader
from jobs.serving.settings import ServingSettings
from tests.jobs.serving.wire import asked

CHUNKED = asked("POST", "/predict", transfer_encoding="chunked")
SETTINGS = ServingSettings(max_body_bytes=100_000, max_header_bytes=1024)


class Owner:
    def __init__(self) -> None:
        self.held = 0
        self.requests: list[Request] = []

    def begun(self) -> None: ...
    def body_begins(self, *, waits: bool) -> Refusal | None:  # noqa: ARG002
        return None

    def holds(self, size: int) -> Refusal | None:
        self.held += size
        return None

    def complete(self, request: Request) -> None:
        self.requests.append(request)


def refused(*sent: bytes) -> int:
    """The status, of what is sent piece by piece until it is refused."""
    reader = Reader(Owner(), SETTINGS)
    for piece in sent:
        if not reader.feed(piece):
            assert reader.refusal is not None
            return reader.refusal.status
    raise AssertionError("all of it was taken")


def test_a_body_takes_the_memory_that_is_counted_however_small_its_chunks_are() -> None:
    """Else 20 MB in chunks of two bytes are more than a pod has."""
    owner = Owner()
    reader = Reader(owner, SETTINGS)
    reader.feed(CHUNKED)
    some = b"2\r\nxy\r\n" * 1000
    tracemalloc.start()
    try:
        for _ in range(40):
            assert reader.feed(some)
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert owner.held == 80_000
    assert taken < 2 * owner.held
    reader.feed(b"0\r\n\r\n")
    assert owner.requests[0].body == b"xy" * 40_000


def test_what_does_not_say_how_large_it_is_is_refused_when_it_is_too_large() -> None:
    body = b"%x\r\n%b\r\n" % (60_000, b" " * 60_000)
    assert refused(CHUNKED, body, body) == 413
    assert refused(CHUNKED, *[b"1;of=" + b"x" * 10_000] * 100) == 413
    assert refused(CHUNKED, b"0\r\n", *[b"x: y\r\n" * 1000] * 200) in (413, 431)
    assert refused(b"GET /health HTTP/1.1\r\nx: ", *[b"x" * 100] * 20) == 431


def test_what_follows_a_body_is_no_header() -> None:
    owner = Owner()
    Reader(owner, SETTINGS).feed(CHUNKED + b"1\r\nx\r\n0\r\nx-mlops-shadow: true\r\nhost: other\r\n\r\n")
    (request,) = owner.requests
    assert (request.headers[b"host"], b"x-mlops-shadow" in request.headers) == (b"server", False)
