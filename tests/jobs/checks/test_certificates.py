"""The check says of certificates what `mlops certs` does; how they are read is proven in tests/jobs/certificates."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from jobs.checks.certificates import certificates
from jobs.checks.system import System
from local.cluster.pki import Authority
from tests.jobs.checks.platform import Platform, told
from tests.jobs.support import free_port

AUTHORITY = Authority.create("test")


@contextlib.contextmanager
def shown(folder: Path, authority: Authority) -> Iterator[int]:
    """A port that shows a certificate of the authority."""
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
                    context.wrap_socket(connection, server_side=True).close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,), daemon=True)
        thread.start()
        yield int(listening.getsockname()[1])
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(10)


def system(fake: Platform, now: datetime | None = None, **outputs: str) -> System:
    known = fake.system(caCertificate=AUTHORITY.pair.certificate.decode(), **outputs)
    return replace(known, now=now or datetime.now(UTC))


def test_good_certificates_are_well_with_the_days_that_are_left(fake: Platform, tmp_path: Path) -> None:
    with shown(tmp_path, AUTHORITY) as store:
        found = certificates(system(fake, storeEndpoint=f"https://127.0.0.1:{store}"))
    assert found.state == "ok", told(found)
    assert found.says.startswith("2 certificates, the first ends in ")


def test_a_certificate_of_another_authority_is_bad_and_the_check_says_what_to_do(
    fake: Platform, tmp_path: Path
) -> None:
    with shown(tmp_path, Authority.create("stranger")) as store:
        found = certificates(system(fake, storeEndpoint=f"https://127.0.0.1:{store}"))
    assert (found.state, "ca.crt" in found.change) == ("bad", True)
    assert found.says.startswith("store: it is signed by 'stranger'")


def test_a_server_that_is_down_is_bad(fake: Platform) -> None:
    found = certificates(system(fake, storeEndpoint=f"https://127.0.0.1:{free_port()}"))
    assert (found.state, "refused" in found.says) == ("bad", True)


def test_an_authority_that_ends_soon_is_bad_too(fake: Platform) -> None:
    late = datetime.now(UTC) + timedelta(days=3640)
    assert certificates(system(fake, late)).says.startswith("authority: it ends ")


def test_without_tls_there_is_nothing_to_say(fake: Platform) -> None:
    assert certificates(fake.system()).state == "skipped"
