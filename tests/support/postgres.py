"""A real PostgreSQL for tests, out of the image that the platform runs, without a container."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from local.cluster.pki import Pair
from tests.jobs.support import STARTS_WITHIN, Process, free_port, running

CACHE = Path(os.environ.get("MLOPS_CACHE", "~/.cache/mlops")).expanduser()
FOLDER = "usr/lib/postgresql/17"
PROGRAMS = ("postgres", "initdb", "psql", "pg_dump", "pg_restore")
QUICK = {"fsync": "off", "log_statement": "all"}
# Where `tls` writes what the server shows.
CERTIFICATE, KEY = "tls.crt", "tls.key"
# Whom everyone may be, in a namespace where root is nobody: PostgreSQL refuses to run as root.
NOBODY = ("unshare", "--user", "--map-user=65534", "--map-group=65534")


@dataclass(frozen=True)
class Server:
    """A running server. Its superuser is `postgres`; everyone may connect as anyone unless `hba` says otherwise."""

    port: int
    process: Process

    @property
    def log(self) -> str:
        """All that it has logged until now: a thread reads it, and may be behind."""
        mark = secrets.token_hex(8)
        self.ask(f"DO $$ BEGIN RAISE LOG 'read until {mark}'; END $$")
        self.process.wait_for(f"LOG:  read until {mark}")
        return "".join(line for line in list(self.process.lines) if "read until" not in line)

    def connect(
        self, user: str = "postgres", database: str = "postgres", password: str = ""
    ) -> psycopg.Connection[Any]:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=user, dbname=database, password=password, autocommit=True
        )

    def ask(self, query: str, **login: str) -> list[tuple[Any, ...]]:
        """The rows; none for a statement that gives none."""
        with self.connect(**login) as connection:
            answer = connection.execute(query.encode())
            return answer.fetchall() if answer.description else []

    def wait_for(self, query: str, seconds: float = STARTS_WITHIN) -> None:
        """Until the query gives a row."""
        until = time.monotonic() + seconds
        while not self.ask(query):
            assert time.monotonic() < until, query
            time.sleep(0.02)


def tls(folder: Path, pair: Pair) -> dict[str, str]:
    """Settings of a server that is reached over TLS, too; writes certificate and key into the folder."""
    (folder / CERTIFICATE).write_bytes(pair.certificate)
    (folder / KEY).touch(mode=0o600)
    (folder / KEY).write_bytes(pair.key)
    return {"ssl": "on", "ssl_cert_file": str(folder / CERTIFICATE), "ssl_key_file": str(folder / KEY)}


def there() -> bool:
    """Whether `programs` finds any."""
    return _of_the_image() is not None or _of_the_machine() is not None


def programs(into: Path) -> Path | None:
    """A folder with PostgreSQL's programs: of the platform's image, written into `into`, or else the machine's own.

    None when neither is there.
    """
    if (found := _of_the_image()) is None:
        return _of_the_machine()
    image, loader = found
    root = image.parents[5]
    libraries = f"{next(root.glob('usr/lib/*-linux-gnu'))}:{loader.parent}"
    bin_folder = into / FOLDER / "bin"
    bin_folder.mkdir(parents=True)
    (into / FOLDER / "lib").symlink_to(root / FOLDER / "lib")
    (into / "usr/share").mkdir()
    (into / "usr/share/postgresql").symlink_to(root / "usr/share/postgresql")
    for name in PROGRAMS:
        # The host's C library may be older; programs that start each other look for themselves by their own path.
        start = f'exec {loader} --argv0 "$0" --library-path {libraries} {image.parent / name} "$@"'
        (bin_folder / name).write_text(f"#!/bin/sh\n{start}\n")
        (bin_folder / name).chmod(0o755)
    return bin_folder


def _of_the_image() -> tuple[Path, Path] | None:
    """The server in the image, and the loader of the node's root folder."""
    image = next(CACHE.glob(f"images/storage/overlay/*/diff/{FOLDER}/bin/postgres"), None)
    loader = next(CACHE.glob("node/*/usr/lib/*-linux-gnu/ld-linux-*.so.*"), None)
    return (image, loader) if image and loader else None


def _of_the_machine() -> Path | None:
    own = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return own[-1].parent if own and all((own[-1].parent / name).exists() for name in PROGRAMS) else None


@contextlib.contextmanager
def server(
    bin_folder: Path,
    data: Path,
    *,
    hba: Sequence[str] = ("host all all 127.0.0.1/32 trust",),
    settings: Mapping[str, str] = QUICK,
) -> Iterator[Server]:
    """A new server on an empty folder; by default it logs every statement and does not wait for the disk."""
    nobody = NOBODY if os.geteuid() == 0 else ()
    made = ("--username=postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8")
    with running(*nobody, str(bin_folder / "initdb"), f"--pgdata={data}", *made, env={}) as init:
        init.wait_for("Success.")
    (data / "pg_hba.conf").write_text("\n".join(hba) + "\n")
    port = free_port()
    options = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": "",
        **settings,
    }
    chosen = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
    with running(*nobody, str(bin_folder / "postgres"), "-D", str(data), *chosen, env={}) as process:
        process.wait_for("ready to accept connections")
        try:
            yield Server(port, process)
        finally:
            # "Fast": SIGTERM would wait for every client to leave.
            process.process.send_signal(signal.SIGINT)
