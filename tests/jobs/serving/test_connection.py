"""HTTP as clients speak it, and as they should not."""

from __future__ import annotations

import contextlib
import gc
import json
import socket
import struct
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from jobs.datasets.table import Table
from jobs.serving.body import predict_rows
from jobs.serving.http import Request
from jobs.serving.hub import Answer
from tests.jobs.serving.server import Server
from tests.jobs.serving.wire import Client, asked

# Deadlines that a test can wait for; the clock looks four times a second.
SHORT = 0.3


@pytest.fixture
def body(telco: Table) -> bytes:
    return json.dumps({"records": telco.records(range(1))}).encode()


@pytest.fixture
def large(telco: Table) -> bytes:
    """For the thread."""
    return json.dumps({"records": telco.records(range(1000))}).encode()


@pytest.fixture
def held_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Large requests are in the thread until it is set."""
    go = threading.Event()
    real = predict_rows

    def wait(scorer: Any, rows: Any) -> Any:
        assert len(rows) == 1 or go.wait(20)
        return real(scorer, rows)

    monkeypatch.setattr("jobs.serving.app.predict_rows", wait)
    yield go
    go.set()


def client(server: Server) -> Client:
    return Client(server.connect())


def deaf(server: Server) -> Client:
    """A client that is in the middle of a large answer until it reads: the kernel takes little for it."""
    before = len(server.hub.connections)
    one = socket.socket()
    one.settimeout(20)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    one.connect(("127.0.0.1", server.port))
    while server.on_loop(lambda: len(server.hub.connections)) == before:
        pass
    server.on_loop(
        lambda: [
            each._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            for each in server.hub.connections
        ]
    )
    return Client(one)


def test_a_connection_serves_many_requests_and_closes_when_it_is_asked_to(ready: Server, body: bytes) -> None:
    one = client(ready)
    for _ in range(3):
        one.send(asked("POST", "/predict", body))
        reply = one.reply()
        assert (reply.status, reply.json["version"]) == (200, "1")
        assert "connection" not in reply.headers
        assert reply.headers["date"].endswith("GMT")
    one.send(asked(connection="close"))
    assert one.reply().headers["connection"] == "close"
    assert one.ends() == b""


def test_an_old_client_gets_one_answer_unless_it_asks_for_more(ready: Server) -> None:
    one = client(ready)
    one.send(asked(version="1.0"))
    assert one.reply().headers["connection"] == "close"
    assert one.ends() == b""
    other = client(ready)
    for _ in range(2):
        other.send(asked(version="1.0", connection="keep-alive"))
        assert other.reply().headers["connection"] == "keep-alive"


def test_requests_that_do_not_wait_are_answered_in_their_order(ready: Server, body: bytes) -> None:
    one = client(ready)
    one.send(asked("POST", "/predict", body) + asked() + asked("POST", "/predict", b"{}") + asked(path="/version"))
    assert [one.reply().status for _ in range(4)] == [200, 200, 400, 200]


def test_a_request_in_single_bytes_is_a_request(ready: Server, body: bytes) -> None:
    one = client(ready)
    for byte in asked("POST", "/predict", body):
        one.send(bytes([byte]))
    assert one.reply().status == 200


def test_a_body_in_chunks_is_a_body(ready: Server, body: bytes) -> None:
    one = client(ready)
    chunks = b"".join(b"%x;of=no-interest\r\n%b\r\n" % (1, body[place : place + 1]) for place in range(len(body)))
    head = asked("POST", "/predict", transfer_encoding="chunked", content_type="application/json")
    one.send(head + chunks + b"0\r\ntrailer: ignored\r\n\r\n" + asked())
    assert [one.reply().status, one.reply().status] == [200, 200]


def test_head_gets_the_head_alone(ready: Server) -> None:
    one = client(ready)
    one.send(asked("HEAD", "/version") + asked())
    reply = one.reply(head=True)
    assert (reply.status, int(reply.headers["content-length"]) > 0) == (200, True)
    assert one.reply().json == {"status": "alive"}


def test_who_waits_for_a_go_ahead_gets_it_or_a_refusal_instead(ready: Server, body: bytes) -> None:
    one = client(ready)
    head, _, content = asked("POST", "/predict", body, expect="100-continue").partition(b"\r\n\r\n")
    one.send(head + b"\r\n\r\n")
    assert one.reply().status == 100
    one.send(content)
    assert one.reply().status == 200
    large = client(ready)
    large.send(
        asked("POST", "/predict", expect="100-continue", content_length="70000", content_type="application/json")
    )
    assert large.reply().status == 413
    other = client(ready)
    other.send(asked("POST", "/predict", expect="tea", content_length="2", content_type="application/json"))
    assert other.reply().status == 417


def test_an_offer_of_another_protocol_is_not_taken(ready: Server, body: bytes) -> None:
    """As Java's client makes it."""
    for request in (asked(connection="Upgrade, HTTP2-Settings", upgrade="h2c"),
                    asked("POST", "/predict", body, connection="Upgrade", upgrade="h2c")):  # fmt: skip
        one = client(ready)
        one.send(request)
        assert one.reply().status == 200


def test_a_query_and_a_whole_address_lead_to_the_same_route(ready: Server) -> None:
    one = client(ready)
    for path in ("/health?deep=1", "http://server/health", "/health#x"):
        one.send(asked(path=path))
        assert one.reply().status in (200, 404)
    one.send(asked(path="http://server/health?x"))
    assert one.reply().json == {"status": "alive"}


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01", 400),
        (b"GET /health\r\n\r\n", 400),
        (b"GET /health HTTP/9.1\r\nhost: s\r\n\r\n", 400),
        (asked(host=""), 400),
        (asked(content_length="-1"), 400),
        (asked(content_length="1, 1"), 400),
        (b"POST /predict HTTP/1.1\r\nhost: s\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", 400),
        (asked("POST", transfer_encoding="chunked", content_length="3"), 400),
        (asked("POST", transfer_encoding="gzip, chunked") + b"zz\r\n", 400),
        (asked(x_long="x" * 20_000), 431),
        (asked(path="/" + "x" * 20_000), 431),
        (asked("POST", content_length="70000"), 413),
    ],
)  # fmt: skip
def test_what_is_no_request_of_ours_is_refused_and_ends_the_connection(
    ready: Server, request_: bytes, status: int
) -> None:
    one = client(ready)
    one.send(request_)
    reply = one.reply()
    assert (reply.status, reply.headers["connection"]) == (status, "close")
    assert reply.json["error"]["message"]
    assert one.ends() == b""
    assert ready.request("GET", "/health").status_code == 200


def test_the_answer_to_a_large_body_is_read_although_the_body_is_not(ready: Server) -> None:
    one = client(ready)
    one.send(asked("POST", "/predict", content_length="1000000", content_type="application/json"))
    one.send(b" " * 500_000)
    assert one.reply().status == 413
    assert one.ends() == b""


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"", None),
        (b"GET /health HT", 408),
        (asked("POST", "/predict", content_length="100", content_type="application/json") + b"{", 408),
    ],
)
def test_a_client_that_stops_is_not_waited_for(make: Callable[..., Server], sent: bytes, status: int | None) -> None:
    """Neither before a request nor in its head nor in its body."""
    server = make(header_seconds=SHORT, request_seconds=SHORT)
    one = client(server)
    one.send(sent)
    if status is not None:
        assert one.reply().status == status
    assert one.ends() == b""
    assert server.on_loop(lambda: server.hub.held) == 0


def test_a_client_that_drips_does_not_win_time(make: Callable[..., Server]) -> None:
    """A byte now and then keeps no request alive."""
    server = make(header_seconds=SHORT)
    one = client(server)
    dripping = threading.Event()

    def drip() -> None:
        try:
            while not dripping.wait(0.05):
                one.send(b"x")
        except OSError:
            pass

    one.send(b"GET /health HTTP/1.1\r\nx: ")
    thread = threading.Thread(target=drip)
    thread.start()
    assert one.reply().status == 408
    dripping.set()
    thread.join()


def test_while_the_server_stood_still_no_client_was_slow(
    make: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after SIGSTOP, or on a machine that was frozen."""
    server = make(header_seconds=30, keep_alive_seconds=30)
    half, idle = client(server), client(server)
    idle.send(asked())
    assert idle.reply().status == 200
    half.send(asked()[:-2])
    while not server.on_loop(lambda: any(not one.idle for one in server.hub.connections)):
        pass
    later = SimpleNamespace(monotonic=lambda: time.monotonic() + 3600)
    monkeypatch.setattr("jobs.serving.hub.time", later)
    server.on_loop(server.hub.tick)
    half.send(asked()[-2:])
    assert half.reply().status == 200
    idle.send(asked())
    assert idle.reply().status == 200


def test_an_idle_connection_is_closed_after_its_time(make: Callable[..., Server]) -> None:
    server = make(keep_alive_seconds=SHORT)
    one = client(server)
    one.send(asked())
    assert one.reply().status == 200
    assert one.ends() == b""


def test_at_the_limit_an_idle_connection_makes_way_and_a_busy_one_does_not(
    make: Callable[..., Server], large: bytes, held_up: threading.Event
) -> None:
    server = make(max_connections=2, max_body_bytes=1 << 20, max_rows=10_000)
    idle, busy = client(server), client(server)
    idle.send(asked())
    assert idle.reply().status == 200
    busy.send(asked("POST", "/predict", large))
    while server.on_loop(lambda: server.app._large) < 1:
        pass
    third = client(server)
    third.send(asked("POST", "/predict", large))
    assert idle.ends() == b""
    while server.on_loop(lambda: server.app._large) < 2:
        pass
    fourth = client(server)
    refused = fourth.reply()
    assert (refused.status, refused.headers["retry-after"]) == (503, "1")
    assert fourth.ends() == b""
    held_up.set()
    assert [one.reply().status for one in (busy, third)] == [200, 200]


@pytest.mark.parametrize(
    "half", [b"", b"GET /health HTTP/1.1\r\nhost: ", asked("POST", "/predict", content_length="100") + b"{"]
)
def test_at_the_limit_who_lets_the_server_wait_makes_way_and_who_was_answered_does_not(
    make: Callable[..., Server], half: bytes
) -> None:
    """So that whoever opens many connections and says little keeps nobody out, however fast they are."""
    server = make(max_connections=6)
    good = [client(server) for _ in range(3)]
    for one in good:
        one.send(asked())
        assert one.reply().status == 200
    slow = []
    for _ in range(12):
        slow.append(client(server))
        slow[-1].send(half)
        late = client(server)
        late.send(asked(connection="close"))
        assert (late.reply().status, late.ends()) == (200, b"")
    for one in good:
        one.send(asked())
        assert one.reply().status == 200
    assert [one.ends() for one in slow[:9]] == [b""] * 9


def test_at_the_limit_who_takes_no_answer_makes_way(make: Callable[..., Server], large: bytes) -> None:
    server = make(max_connections=2, max_body_bytes=1 << 20, max_rows=10_000)
    good = client(server)
    good.send(asked())
    assert good.reply().status == 200
    other = deaf(server)
    other.send(asked("POST", "/predict", large))
    while not server.on_loop(lambda: any(one.waiting and one._answered for one in server.hub.connections)):
        pass
    late = client(server)
    late.send(asked())
    assert late.reply().status == 200
    assert server.on_loop(lambda: server.hub.held) == 0
    good.send(asked())
    assert good.reply().status == 200


def test_bodies_that_wait_are_bounded_all_together(make: Callable[..., Server], body: bytes) -> None:
    """Whoever holds many half bodies gets no more memory, also when all were begun before; usual requests go on."""
    limit = 1 << 20
    server = make(max_body_bytes=limit, max_held_bytes=limit)
    holding = [client(server) for _ in range(6)]
    for one in holding:
        one.send(asked("POST", "/predict", content_length="500000"))
    while server.on_loop(lambda: sum(not one.idle for one in server.hub.connections)) < 6:
        pass
    for one in holding[:2]:
        one.send(b" " * 450_000)
    while server.on_loop(lambda: server.hub.held) < 900_000:
        pass
    for one in holding[2:]:
        with contextlib.suppress(OSError):
            one.send(b" " * 450_000)
    refused = [one.reply() for one in holding[2:]]
    assert {(one.status, one.headers["retry-after"]) for one in refused} == {(503, "1")}
    assert server.on_loop(lambda: server.hub.held) <= limit
    late = client(server)
    late.send(asked("POST", "/predict", body))
    assert late.reply().status == 200
    for one in holding:
        one.connection.close()
    while server.on_loop(lambda: server.hub.held):
        pass


def test_a_body_behind_another_request_counts_when_that_is_answered(
    make: Callable[..., Server], large: bytes, held_up: threading.Event
) -> None:
    """Else as many as there are connections are held, each uncounted."""
    server = make(max_body_bytes=1 << 20, max_held_bytes=2 * len(large) + 400_000, max_rows=10_000)
    first, second = client(server), client(server)
    for one in (first, second):
        one.send(asked("POST", "/predict", large) + asked("POST", "/predict", content_length="400001"))
    while server.on_loop(lambda: server.hub.held) < 2 * len(large):
        pass
    first.send(b" " * 400_000)
    while server.on_loop(lambda: server.hub.held) < 2 * len(large) + 400_000:
        pass
    held_up.set()
    assert [first.reply().status, second.reply().status] == [200, 200]
    assert server.on_loop(lambda: server.hub.held) == 400_000
    second.send(b" " * 400_000)
    while server.on_loop(lambda: server.hub.held) < 800_000:
        pass
    third = client(server)
    third.send(asked("POST", "/predict", content_length="1000000") + b" " * 999_999)
    assert (third.reply().status, third.ends()) == (503, b"")
    assert server.on_loop(lambda: server.hub.held) == 800_000
    for one in (first, second):
        one.send(b" ")
        assert one.reply().status == 415
    assert server.on_loop(lambda: server.hub.held) == 0


def test_a_body_that_is_too_much_behind_another_request_ends_the_connection_after_its_answer(
    make: Callable[..., Server], large: bytes, held_up: threading.Event
) -> None:
    server = make(max_body_bytes=1 << 20, max_held_bytes=len(large) + 300_000, max_rows=10_000)
    one = client(server)
    one.send(asked("POST", "/predict", large) + asked("POST", "/predict", content_length="400001"))
    while server.on_loop(lambda: server.hub.held) < len(large):
        pass
    one.send(b" " * 400_000)
    while server.on_loop(lambda: not next(iter(server.hub.connections))._end):
        pass
    assert server.on_loop(lambda: server.hub.held) == len(large)
    held_up.set()
    assert one.reply().status == 200
    assert one.ends() == b""
    assert server.on_loop(lambda: server.hub.held) == 0


def test_requests_that_queue_count_with_what_is_made_of_them(
    make: Callable[..., Server], large: bytes, held_up: threading.Event
) -> None:
    """A read of 256 KB has thousands, and none has a body."""
    limit = 2 * len(large) + 40_000
    server = make(max_body_bytes=1 << 20, max_held_bytes=limit, max_rows=10_000)
    few, many = client(server), client(server)
    for one in (few, many):
        one.send(asked("POST", "/predict", large))
    while server.on_loop(lambda: server.hub.held) < 2 * len(large):
        pass
    few.send(9 * asked())
    while server.on_loop(lambda: server.hub.held) == 2 * len(large):
        pass
    many.send(5000 * asked())
    while server.on_loop(lambda: not any(one._end for one in server.hub.connections)):
        pass
    assert server.on_loop(lambda: server.hub.held) < limit
    held_up.set()
    assert [many.reply().status, many.ends()] == [200, b""]
    assert [few.reply().status for _ in range(10)] == [200] * 10
    assert server.on_loop(lambda: server.hub.held) == 0


def test_an_answer_that_nobody_takes_counts_until_its_connection_is_gone(
    make: Callable[..., Server], large: bytes
) -> None:
    """Also when it is the last one."""
    server = make(max_body_bytes=1 << 20, max_rows=10_000)
    one = deaf(server)
    one.send(asked("POST", "/predict", large, connection="close"))
    while server.on_loop(lambda: not any(each._ended for each in server.hub.connections)):
        pass
    (unsent,) = server.on_loop(lambda: [each._transport.get_write_buffer_size() for each in server.hub.connections])
    assert server.on_loop(lambda: server.hub.held) == unsent > 0
    assert one.reply().status == 200
    while server.on_loop(lambda: server.hub.held):
        pass


def test_a_connection_that_is_gone_leaves_nothing_behind(ready: Server) -> None:
    """Not until the collector comes, which it rarely does: half bodies of those who left would fill the memory."""
    one = client(ready)
    one.send(asked("POST", "/predict", content_length="60000") + b" " * 50_000)
    while ready.on_loop(lambda: ready.hub.held) < 50_000:
        pass
    (kept,) = ready.on_loop(lambda: [weakref.ref(each._reader) for each in ready.hub.connections])
    gc.disable()
    try:
        one.connection.close()
        while ready.on_loop(lambda: kept() is not None):
            pass
    finally:
        gc.enable()


def test_a_client_that_takes_no_answer_is_given_up(make: Callable[..., Server], telco: Table) -> None:
    server = make(request_seconds=SHORT, max_body_bytes=1 << 20, max_rows=10_000)
    one = client(server)
    one.connection.settimeout(0.2)
    request = asked("POST", "/predict", json.dumps({"records": telco.records(range(200))}).encode())
    try:
        while True:
            one.send(request)
    except OSError:
        pass
    while server.on_loop(lambda: len(server.hub.connections)):
        pass
    assert server.on_loop(lambda: server.hub.held) == 0


def test_too_many_large_requests_are_refused_at_once_and_small_ones_answered_meanwhile(
    make: Callable[..., Server], telco: Table, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, go = threading.Event(), threading.Event()
    real = predict_rows

    def slow(scorer: Any, rows: Any) -> Any:
        if len(rows) > 1:
            started.set()
            assert go.wait(20)
        return real(scorer, rows)

    monkeypatch.setattr("jobs.serving.app.predict_rows", slow)
    server = make(max_large=2, max_body_bytes=1 << 20, max_rows=10_000)
    large = json.dumps({"records": telco.records(range(400))}).encode()
    headers = {"content-type": "application/json"}
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(server.request, "POST", "/predict", content=large, headers=headers)
        assert started.wait(20)
        second = pool.submit(server.request, "POST", "/predict", content=large, headers=headers)
        while server.on_loop(lambda: server.app._large) < 2:
            pass
        refused = server.request("POST", "/predict", content=large, headers=headers)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert server.request("POST", "/predict", content=body, headers=headers).status_code == 200
        go.set()
        assert [len(one.result(30).json()["predictions"]) for one in (first, second)] == [400, 400]


def test_a_large_request_that_waits_too_long_is_refused(
    make: Callable[..., Server], telco: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()
    monkeypatch.setattr("jobs.serving.app.predict_rows", lambda *_: go.wait(20))
    server = make(request_seconds=SHORT, max_body_bytes=1 << 20, max_rows=10_000)
    large = json.dumps({"records": telco.records(range(400))}).encode()
    refused = server.request("POST", "/predict", content=large, headers={"content-type": "application/json"})
    assert refused.status_code == 503
    go.set()


def test_a_large_request_whose_client_left_is_not_kept_until_its_turn(
    make: Callable[..., Server], large: bytes, held_up: threading.Event
) -> None:
    """Else who sends and leaves fills the memory while one is in the thread."""
    server = make(max_body_bytes=1 << 20, max_rows=10_000)
    taken: list[Request] = []

    def handle(request: Request) -> Answer:
        taken.append(request)
        return server.app.handle(request)

    server.hub.handle = handle
    first, second = client(server), client(server)
    for number, one in enumerate((first, second), 1):
        one.send(asked("POST", "/predict", large))
        while server.on_loop(lambda: server.app._large) < number:
            pass
    # By a reset: who only ends its side may still read.
    second.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    second.connection.close()
    while server.on_loop(lambda: server.app._large) == 2:
        pass
    assert [len(one.body) for one in taken] == [len(large), 0]
    assert server.on_loop(lambda: server.hub.held) == len(large)
    held_up.set()
    assert first.reply().status == 200


def test_a_mistake_of_ours_is_500_and_the_server_lives(
    ready: Server, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a mistake")

    monkeypatch.setattr("jobs.serving.app.predict_rows", fail)
    headers = {"content-type": "application/json"}
    assert ready.request("POST", "/predict", content=body, headers=headers).status_code == 500
    monkeypatch.undo()
    assert ready.request("POST", "/predict", content=body, headers=headers).status_code == 200
