from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from jobs.checks.certificates import LEAST, SSL_REQUEST, certificates, problem
from jobs.checks.system import System
from local.cluster.pki import VALIDITY, Authority
from tests.jobs.checks.platform import NOW, Platform, told
from tests.jobs.support import free_port

AUTHORITY = Authority.create("test")


@contextlib.contextmanager
def shown(folder: Path, authority: Authority, *, postgres: bool = False) -> Iterator[int]:
    """A port that shows a certificate, at once or after PostgreSQL's word for it."""
    pair = authority.issue("server", hosts=["127.0.0.1"])
    for name, content in (("crt", pair.certificate), ("key", pair.key)):
        (folder / name).write_bytes(content)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "crt", folder / "key")

    def serve(listening: socket.socket) -> None:
        while True:
            with contextlib.suppress(ssl.SSLError, ConnectionError):
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    if postgres:
                        assert connection.recv(len(SSL_REQUEST)) == SSL_REQUEST
                        connection.sendall(b"S")
                    context.wrap_socket(connection, server_side=True).close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,), daemon=True)
        thread.start()
        yield int(listening.getsockname()[1])
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(10)


def system(fake: Platform, **outputs: str) -> System:
    return fake.system(caCertificate=AUTHORITY.pair.certificate.decode(), **outputs)


def test_certificates_of_store_and_database_are_read_over_their_own_ways(fake: Platform, tmp_path: Path) -> None:
    with shown(tmp_path, AUTHORITY) as store, shown(tmp_path, AUTHORITY, postgres=True) as database:
        found = certificates(
            system(fake, storeEndpoint=f"https://127.0.0.1:{store}", databaseHost=f"127.0.0.1:{database}")
        )
    assert found.state == "ok", told(found)
    assert found.says.startswith("3 certificates, the first ends in ")


def test_a_certificate_of_another_authority_is_bad(fake: Platform, tmp_path: Path) -> None:
    with shown(tmp_path, Authority.create("stranger")) as store:
        found = certificates(system(fake, storeEndpoint=f"https://127.0.0.1:{store}"))
    assert found.state == "bad"
    assert "certificate verify failed" in found.says


def test_a_server_that_is_down_is_bad(fake: Platform) -> None:
    found = certificates(system(fake, storeEndpoint=f"https://127.0.0.1:{free_port()}"))
    assert (found.state, "refused" in found.says) == ("bad", True)


@pytest.mark.parametrize(("left", "bad"), [(LEAST + timedelta(hours=1), False), (LEAST - timedelta(hours=1), True)])
def test_two_weeks_before_its_end_a_certificate_is_bad(left: timedelta, bad: bool) -> None:
    found = problem("storeEndpoint", NOW + left, NOW)
    assert (found is not None) == bad
    assert found is None or "in 13 days" in found


def test_an_authority_that_ends_soon_is_bad_too(fake: Platform) -> None:
    late = system(fake)
    old = System(late.outputs, "m", "champion", now=late.now + VALIDITY - timedelta(days=3))
    assert certificates(old).says.startswith("the authority: its certificate ends")


def test_without_tls_there_is_nothing_to_say(fake: Platform) -> None:
    assert certificates(fake.system()).state == "skipped"
