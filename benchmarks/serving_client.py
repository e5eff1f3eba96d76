"""A client that is faster than the servers it measures: raw sockets, requests built once, answers only cut to length.

What it costs itself is measured in the same run, against a server that only echoes a constant (`serving_floor`).
"""

from __future__ import annotations

import contextlib
import gc
import select
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

TIMEOUT_SECONDS = 30.0
OK = b" 200 "


@dataclass(frozen=True)
class Answer:
    """A whole answer and the seconds it took."""

    status: int
    body: bytes
    seconds: float


def request(path: str, body: bytes) -> bytes:
    """A POST of JSON as bytes of HTTP/1.1."""
    fields = {"host": "127.0.0.1", "content-type": "application/json", "content-length": len(body)}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def whole(data: bytes) -> int:
    """Where the body begins when the answer is complete, else 0. Pure; raises ValueError without a length."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return 0
    head = data[:end].lower()
    place = head.find(b"\r\ncontent-length:")
    if place < 0:
        raise ValueError(f"an answer without content-length: {data[:200]!r}")
    stop = head.find(b"\r\n", place + 17)
    length = int(head[place + 17 : stop if stop > 0 else end])
    return end + 4 if len(data) >= end + 4 + length else 0


class Connection:
    """One connection that stays open."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, sent: bytes) -> Answer:
        """Raises OSError, ValueError."""
        start = time.perf_counter()
        self.socket.sendall(sent)
        data = self.socket.recv(1 << 20)
        while not (begin := whole(data)):
            more = self.socket.recv(1 << 20)
            if not more:
                raise ConnectionError(f"the server closed the connection after {len(data)} bytes")
            data += more
        return Answer(int(data[9:12]), data[begin:], time.perf_counter() - start)

    def close(self) -> None:
        self.socket.close()


def one_by_one(port: int, requests: Sequence[bytes]) -> list[Answer]:
    """Every request over one connection, each after the answer of the one before it."""
    connection = Connection(port)
    try:
        with without_gc():
            return [connection.ask(sent) for sent in requests]
    finally:
        connection.close()


@dataclass
class Load:
    """What many connections saw in `seconds`."""

    seconds: float
    times: list[float] = field(default_factory=list)
    failed: int = 0


def together(port: int, requests: Sequence[bytes], connections: int, seconds: float) -> Load:
    """So many connections at once, each with one request under way, for so long."""
    opened = [Connection(port).socket for _ in range(connections)]
    # Opened with blocking sockets, so that none is refused; then watched.
    poll = select.epoll()
    sockets = {one.fileno(): one for one in opened}
    data = dict.fromkeys(sockets, b"")
    started: dict[int, float] = {}
    load = Load(seconds)
    number = 0
    try:
        with without_gc():
            begin = time.perf_counter()
            for place, one in sockets.items():
                poll.register(place, select.EPOLLIN)
                started[place] = time.perf_counter()
                one.sendall(requests[number % len(requests)])
                number += 1
            now = begin
            while now < begin + seconds:
                ready = poll.poll(TIMEOUT_SECONDS)
                if not ready:
                    raise TimeoutError(f"no answer in {TIMEOUT_SECONDS:.0f} s")
                for place, _ in ready:
                    one = sockets[place]
                    got = one.recv(1 << 16)
                    if not got:
                        raise ConnectionError("the server closed a connection under load")
                    got = data[place] + got
                    if not whole(got):
                        data[place] = got
                        continue
                    data[place] = b""
                    now = time.perf_counter()
                    load.times.append(now - started[place])
                    load.failed += got[8:13] != OK
                    started[place] = now
                    one.sendall(requests[number % len(requests)])
                    number += 1
            load.seconds = now - begin
    finally:
        poll.close()
        for one in opened:
            one.close()
    return load


@contextlib.contextmanager
def without_gc() -> Iterator[None]:
    """The client's own collector would be measured as the server's slowness."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
