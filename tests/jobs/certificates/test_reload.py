"""The servers, started as their pods start them, show a renewed certificate while clients stay connected."""

from __future__ import annotations

import http.client
import os
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlparse

import psycopg
import pytest

from infra.database.database import HERE
from jobs.certificates.place import Place
from jobs.certificates.shown import shown
from local.cluster.pki import Authority
from local.cluster.wait import until
from tests.jobs.support import Process, free_port, running
from tests.support import postgres as postgresql
from tests.support import store as storage

PASSWORD = "only-for-this-test"


@dataclass(frozen=True)
class Server:
    """`folder` has its certificate, as the kubelet mounts it."""

    place: Place
    folder: Path
    authority: Authority

    def renew(self) -> datetime:
        """Puts another pair in its place, each file whole, the certificate last → when that ends."""
        pair = self.authority.issue("server", hosts=["127.0.0.1"], lasting=timedelta(days=365))
        self.put("tls.key", pair.key)
        self.put("tls.crt", pair.certificate)
        return Authority(pair).ends

    def put(self, name: str, content: bytes) -> None:
        (self.folder / "new").write_bytes(content)
        (self.folder / "new").chmod(0o600)
        (self.folder / "new").rename(self.folder / name)

    def shows(self) -> datetime | None:
        found = shown(self.place)
        assert not found.distrusted
        return found.certificate.ends if found.certificate else None

    def wait_for(self, end: datetime) -> None:
        until("the renewed certificate to be shown", lambda: self.shows() == end, seconds=30)


def _server(folder: Path, port: int, *, postgres: bool) -> Server:
    authority = Authority.create("test")
    trusted = authority.pair.certificate.decode()
    server = Server(Place("server", "127.0.0.1", port, trusted, postgres=postgres), folder, authority)
    # Longer than those that follow, so that they can be told apart.
    pair = authority.issue("server", hosts=["127.0.0.1"])
    server.put("tls.key", pair.key)
    server.put("tls.crt", pair.certificate)
    (folder / "ca.crt").write_text(trusted)
    return server


@pytest.fixture
def database(postgres_programs: Path, tmp_path: Path) -> Iterator[tuple[Server, Process]]:
    """PostgreSQL by `start.sh`."""
    port = free_port()
    for name in ("certificate", "secrets", "config"):
        (tmp_path / name).mkdir()
    server = _server(tmp_path / "certificate", port, postgres=True)
    (tmp_path / "secrets" / "superuser-password").write_text(PASSWORD)
    settings = {
        "port": str(port), "listen_addresses": "'127.0.0.1'", "unix_socket_directories": "''", "fsync": "off",
        "ssl": "on", "ssl_cert_file": f"'{server.folder}/tls.crt'", "ssl_key_file": f"'{server.folder}/tls.key'",
    }  # fmt: skip
    (tmp_path / "config" / "postgresql.conf").write_text(
        "".join(f"{key} = {value}\n" for key, value in settings.items())
    )
    environment = {
        "POSTGRES_BIN": str(postgres_programs), "POSTGRES_ETC": str(tmp_path), "PGDATA": str(tmp_path / "data"),
        "CERTIFICATE_SECONDS": "0.1",
    }  # fmt: skip
    nobody = postgresql.NOBODY if os.geteuid() == 0 else ()
    with running(*nobody, "sh", str(HERE / "start.sh"), env=environment) as process:
        process.wait_for("ready to accept connections", 60)
        yield server, process


@pytest.fixture
def store(tmp_path: Path) -> Iterator[tuple[Server, storage.Server]]:
    """The store by the program that the image has."""
    running_store = storage.Server(tmp_path, scheme="https")
    server = _server(tmp_path, running_store.port, postgres=False)
    certificate, key = tmp_path / "tls.crt", tmp_path / "tls.key"
    with storage.running(running_store, "--cert", str(certificate), "--key", str(key), reloading=certificate):
        yield server, running_store


def test_postgresql_shows_a_renewed_certificate_and_closes_no_connection(database: tuple[Server, Process]) -> None:
    server, _ = database
    login = f"host=127.0.0.1 port={server.place.port} user=postgres password={PASSWORD}"
    login += f" sslmode=verify-full sslrootcert={server.folder}/ca.crt"
    with psycopg.connect(login) as before:
        before.execute("CREATE TEMPORARY TABLE held (x int)")
        end = server.renew()
        server.wait_for(end)
        # The same session, in the same transaction.
        assert before.execute("SELECT count(*) FROM held").fetchone() == (0,)
        with psycopg.connect(login) as after:
            assert after.execute("SELECT count(*) FROM pg_stat_ssl WHERE ssl").fetchone() == (2,)


def test_postgresql_keeps_its_certificate_while_the_new_one_is_without_its_key(
    database: tuple[Server, Process],
) -> None:
    server, process = database
    good = server.shows()
    server.put("tls.crt", server.authority.issue("server", hosts=["127.0.0.1"], lasting=timedelta(days=1)).certificate)
    process.wait_for("SSL configuration was not reloaded")
    assert server.shows() == good
    server.wait_for(server.renew())


def test_the_store_shows_a_renewed_certificate_and_ends_an_upload_that_was_under_way(
    store: tuple[Server, storage.Server],
) -> None:
    server, running_store = store
    s3 = running_store.client(verify=str(server.folder / "ca.crt"))
    s3.create_bucket(Bucket="uploads")
    address = urlparse(s3.generate_presigned_url("put_object", {"Bucket": "uploads", "Key": "large"}))
    context = ssl.create_default_context(cadata=server.place.authority)
    connection = http.client.HTTPSConnection("127.0.0.1", running_store.port, timeout=30, context=context)
    connection.putrequest("PUT", f"{address.path}?{address.query}")
    connection.putheader("Content-Length", "2000000")
    connection.endheaders(b"a" * 1_000_000)
    end = server.renew()
    server.wait_for(end)
    connection.send(b"b" * 1_000_000)
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, b"")
    connection.close()
    assert s3.get_object(Bucket="uploads", Key="large")["Body"].read() == b"a" * 1_000_000 + b"b" * 1_000_000
