"""A PostgreSQL for one pod: empty when the pod starts, gone when it ends, and nobody outside reaches it."""

from collections.abc import Sequence

import pulumi

from infra.foundation import probes
from infra.foundation.resources import SCRATCH_DATABASE
from infra.foundation.workload import Container

# The containers of a pod share its loopback interface, and their /tmp.
ENV = {"PGHOST": "127.0.0.1", "PGPORT": "5432", "PGUSER": "postgres", "PGSSLMODE": "disable"}
_DATA = "/tmp/postgres"
_BIN = "/usr/lib/postgresql/17/bin"
_START = (
    f"[ -e {_DATA}/PG_VERSION ] || {_BIN}/initdb --pgdata={_DATA} --username=postgres --auth=trust --encoding=UTF8"
    f" --locale=C.UTF-8 --no-sync; exec {_BIN}/postgres -D {_DATA} -h 127.0.0.1 -k /tmp -c fsync=off"
    " -c full_page_writes=off -c max_wal_size=1GB -c maintenance_work_mem=64MB"
)
_READY = [f"{_BIN}/pg_isready", "-q", "-h", ENV["PGHOST"], "-U", ENV["PGUSER"]]
# Where `mlops wal recover` writes the files of a server.
FOLDER = "/tmp/recovery"
_WHEN_LAID_OUT = (
    f"until [ -e {FOLDER}/ready ]; do sleep 1; done; exec {_BIN}/postgres -D {FOLDER}/data -c port={ENV['PGPORT']}"
)


def server(image: pulumi.Input[str], size: str) -> Container:
    """It trusts everyone in its pod and waits for no disk: what is in it exists elsewhere."""
    return _postgres(image, size, _START, live=_READY, ready=_READY)


def recovering(image: pulumi.Input[str], size: str) -> Container:
    """It waits for the files of a server in `FOLDER`, and becomes that server."""
    # Well while it waits: what comes beside it starts only then, and the files are that one's work. 1: it replays.
    waits = f"[ ! -e {FOLDER}/ready ] || {' '.join(_READY)}"
    live, ready = (["/bin/sh", "-c", words] for words in (f"{waits} || [ $? -eq 1 ]", waits))
    return _postgres(image, size, _WHEN_LAID_OUT, live=live, ready=ready)


def _postgres(
    image: pulumi.Input[str], size: str, start: str, *, live: Sequence[str], ready: Sequence[str]
) -> Container:
    return Container(
        name="postgres",
        image=image,
        resources=SCRATCH_DATABASE,
        command=["/bin/sh", "-c", start],
        probes=probes.command(live=live, ready=ready, start_seconds=120, timeout=5),
        tmp_size=size,
    )
