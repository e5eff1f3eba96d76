from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from jobs.errors import DataError, UnreachableError
from jobs.store import client, create_object, list_objects, read_object, write_object
from tests.support.store import Server, running, tls

URL = "s3://features/a/b.txt"


@pytest.mark.parametrize("attempt", ["first", "second"])
def test_every_test_finds_the_buckets_empty_and_versioned(store: Server, attempt: str) -> None:
    assert list_objects("s3://features/") == []
    write_object(URL, attempt.encode())
    write_object(URL, b"again")
    assert read_object(URL) == b"again"
    assert len(store.client().list_object_versions(Bucket="features")["Versions"]) == 2


@pytest.mark.usefixtures("store")
def test_an_object_that_does_not_exist_is_told_by_its_address() -> None:
    with pytest.raises(DataError, match="does not exist") as refused:
        read_object(URL)
    assert refused.value.given == URL


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[None]:
    """A store that gives each request the same bytes and hangs up."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            self.request.sendall(request.param)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{server.server_address[1]}")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "nobody")
        client.cache_clear()
        yield
        server.shutdown()
    client.cache_clear()


@pytest.mark.usefixtures("answering")
@pytest.mark.parametrize(
    "answering",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly a part",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nonly a part",
        b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\n\r\n",
    ],
    indirect=True,
)
def test_a_store_that_fails_or_ends_within_an_answer_is_down() -> None:
    with pytest.raises(UnreachableError):
        read_object(URL)


@pytest.fixture(params=["http", "https"])
def either(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The store without TLS and, as on the platform, with it."""
    if request.param == "http":
        request.getfixturevalue("store")
        yield
        return
    server = Server(tmp_path, scheme="https")
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "ca.crt"))
    client.cache_clear()
    with running(server, *tls(tmp_path)):
        client().create_bucket(Bucket="features")
        yield
    client.cache_clear()


@pytest.mark.usefixtures("either")
@pytest.mark.parametrize("size", [10, 1_000_000])
def test_what_exists_is_told_as_such_and_stays_however_large_the_second_is(size: int) -> None:
    assert [create_object(URL, b"%d" % number + b"x" * size) for number in range(8)] == [True] + [False] * 7
    assert read_object(URL).startswith(b"0x")


@pytest.mark.usefixtures("store")
def test_an_answer_that_was_lost_is_not_taken_for_another_s_write(monkeypatch: pytest.MonkeyPatch) -> None:
    once = client(attempts=1)
    put = once.put_object

    def lost(**options: Any) -> Any:
        put(**options)
        raise ConnectionClosedError(endpoint_url=URL)

    monkeypatch.setattr(once, "put_object", lost)
    assert create_object(URL, b"ours") is True
    assert create_object(URL, b"again") is False
    assert read_object(URL) == b"ours"


@pytest.mark.usefixtures("either")
def test_of_many_who_create_one_object_at_once_one_does_and_its_content_stays() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda number: create_object(URL, b"%d" % number), range(16)))
    assert made.count(True) == 1
    assert read_object(URL) == b"%d" % made.index(True)
    assert create_object(URL, b"late") is False
