"""What the loss of PostgreSQL costs between two sets: `python -m benchmarks.rpo [--rounds 3] [--write]`.

A real PostgreSQL under clients that write a row a transaction, a real store, the archiver as it is deployed. At a
random moment the server is killed with its volume, alone or with the archiver; then a server is brought up out of the
bucket, and the keys that clients were told of are compared with its keys. `--write`: into docs/recovery.md.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psycopg

from benchmarks.tables import markdown, with_tables
from jobs.backup.databases import DATABASES
from jobs.backup.seal import new_key
from jobs.places import DEFAULTS
from tests.jobs.support import ROOT, Process, free_port, running
from tests.support import postgres, recovering
from tests.support import store as storage

DOC = ROOT / "docs" / "recovery.md"
MARK = "rpo"
CLIENTS = 4
# As the stack has it.
EVERY = 60
HBA = [f"host {what} all 127.0.0.1/32 trust" for what in ("all", "replication")]
ALONE, TOGETHER = "the server", "server and archiver at once"


@dataclass(frozen=True)
class Round:
    """Rows acknowledged, lost of them, strange ones; seconds from the newest row that is back to the newest written."""

    what: str
    written: int
    lost: int
    strange: int
    seconds: float
    back: float


class Writers:
    """Clients with a connection each; `told` is what was acknowledged: key → when."""

    def __init__(self, server: postgres.Server) -> None:
        self.told: dict[int, float] = {}
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(server, one)) for one in range(CLIENTS)]

    def __enter__(self) -> Writers:
        for one in self._threads:
            one.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for one in self._threads:
            one.join()

    def _write(self, server: postgres.Server, client: int) -> None:
        key = client
        with contextlib.suppress(psycopg.OperationalError), server.connect(database="mlflow") as connection:
            while not self._ended.is_set():
                connection.execute("INSERT INTO written VALUES (%s)", [key])
                self.told[key] = time.time()
                key += CLIENTS
                self._ended.wait(0.002)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help=f"into {DOC.relative_to(ROOT)}")
    arguments = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory(prefix="mlops-rpo-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        programs = postgres.programs(folder / "programs")
        assert programs, "the image of PostgreSQL is not in the cache: `make up` once"
        for number in range(arguments.rounds):
            for what in (ALONE, TOGETHER):
                found.append(_round(what, programs, folder / f"{number}-{what[-4:]}"))
                print(found[-1], file=sys.stderr, flush=True)
    told = _table(found)
    print(told)
    if arguments.write:
        DOC.write_text(with_tables(DOC.read_text(), {MARK: told}))


def _round(what: str, programs: Path, folder: Path) -> Round:
    folder.mkdir()
    secret, public = new_key()
    (folder / "key").write_text(f"{secret}\n")
    store = storage.Server(folder / "store")
    with storage.running(store):
        store.make(list(DEFAULTS.values()))
        environment = {
            **store.environment, "PGHOST": "127.0.0.1", "MLOPS_BACKUP_RECIPIENTS": public, "PYTHONPATH": str(ROOT),
            "MLOPS_BACKUP_IDENTITY": str(folder / "key"), "MLFLOW_TRACKING_URI": "http://127.0.0.1:1",
            "PATH": f"{programs}:{os.environ['PATH']}",
        }  # fmt: skip
        told = _loss(what, programs, folder, environment)
        begun = time.monotonic()
        kept = _recovered(programs, folder, environment)
        back = time.monotonic() - begun
    lost = told.keys() - kept
    newest = max((told[key] for key in told.keys() & kept), default=min(told.values()))
    return Round(what, len(told), len(lost), len(kept - told.keys()), max(told.values()) - newest, back)


def _loss(what: str, programs: Path, folder: Path, environment: dict[str, str]) -> dict[int, float]:
    with postgres.server(programs, folder / "postgres", hba=HBA, settings={}) as server:
        server.ask("CREATE ROLE backup LOGIN REPLICATION")
        server.ask("GRANT pg_read_all_data TO backup")
        for name in DATABASES:
            server.ask(f"CREATE DATABASE {name}")
        server.ask("CREATE TABLE written (key bigint PRIMARY KEY)", database="mlflow")
        given = {**environment, "PGPORT": str(server.port), "PGUSER": "backup"}
        command = (sys.executable, "-m", "jobs", "wal", "archive", "--every", str(EVERY))
        with running(*command, env=given) as archiver, Writers(server) as writers:
            archiver.wait_for("a base of", 60)
            # Between two pieces: neither right after one nor right before.
            archiver.wait_for("kept", EVERY + 30, times=len([1 for line in archiver.lines if "kept" in line]) + 1)
            time.sleep(random.uniform(0, EVERY))
            if what == TOGETHER:
                archiver.process.kill()
            _kill(server.process)
            if what == ALONE:
                archiver.wait_for("tried again", 30)
    return writers.told


def _kill(process: Process) -> None:
    """The server and all its processes."""
    listed = subprocess.run(["pgrep", "-P", str(process.process.pid)], capture_output=True, text=True).stdout
    for number in [process.process.pid, *map(int, listed.split())]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


def _recovered(programs: Path, folder: Path, environment: dict[str, str]) -> set[int]:
    """Keys in a server out of the bucket."""
    port, place = free_port(), folder / "recovery"
    given = {**os.environ, **environment, "PGPORT": str(port), "PGUSER": "postgres"}
    command = [sys.executable, "-m", "jobs", "wal", "recover", "--folder", str(place)]
    with recovering.server(programs, place, port):
        subprocess.run(command, env=given, check=True, stdout=sys.stderr)
        with _connected(port) as connection:
            return {key for (key,) in connection.execute("SELECT key FROM written")}


@contextlib.contextmanager
def _connected(port: int) -> Iterator[psycopg.Connection[tuple[int]]]:
    with psycopg.connect(host="127.0.0.1", port=port, user="postgres", dbname="mlflow") as connection:
        yield connection


def _table(found: list[Round]) -> str:
    rows = []
    for what in (ALONE, TOGETHER):
        of = [one for one in found if one.what == what]
        rows.append([
            f"{what}, {len(of)} times", f"{sum(one.written for one in of):,}", f"{sum(one.lost for one in of):,}",
            f"{median(one.seconds for one in of):.2f} s", f"{max(one.seconds for one in of):.2f} s",
            f"{median(one.back for one in of):.1f} s",
        ])  # fmt: skip
    strange = sum(one.strange for one in found)
    header = ["lost with its volume", "rows told", "lost", "their seconds: median", "most", "a set of what is left"]
    cores = os.cpu_count()
    how = (
        f"Measured {datetime.date.today()} on {cores} cores by `python -m benchmarks.rpo`: {CLIENTS} clients,\n"
        f"a row a transaction, a piece each {EVERY} s. Rows nobody was told of: {strange}; they were sent, and the\n"
        "server was killed before it answered."
    )
    return f"\n{markdown(header, rows)}\n{how}\n\n"


if __name__ == "__main__":
    main()
