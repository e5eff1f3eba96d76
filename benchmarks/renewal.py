"""Both certificates of a running instance renewed by `make up`, under clients: `python -m benchmarks.renewal`.

Clients hold a session of PostgreSQL, log in anew, write and read objects and ask MLflow all the while; certificates are
renewed because their keys are gone from `mlops:secrets`. `--write` puts the figures into the runbook.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from benchmarks.certificate_clients import DOC, ROOT, asking, begin, pods
from benchmarks.tables import markdown, with_tables
from jobs.certificates.place import Place, places
from jobs.certificates.shown import shown
from jobs.settings import Instance
from local.cache import cache_root
from local.cluster.client import Cluster
from local.platform.engine import Engine
from local.platform.stack_config import SECRETS
from local.toolchain.build import toolchain_folder

SERVERS = {"database": "postgres-certificate", "store": "store-certificate"}
SECONDS = 300.0


def main() -> None:
    arguments = begin(__doc__ or "")
    cluster = Cluster(Instance.read().kubeconfig)
    before, found = pods(cluster), {place.name: place for place in places(Instance.read().outputs(), os.environ)}
    with asking() as clients:
        took = _renew({name: found[name] for name in SERVERS}, cluster, arguments.instance)
    gone = sorted(before.keys() - pods(cluster).keys())
    rows = [
        [f"{name}: from the new Secret to the new certificate", f"{seconds:.0f} s"] for name, seconds in took.items()
    ]
    rows += [[f"{one.name}: asked, failed", f"{one.asked}, {len(one.failed)}"] for one in clients]
    rows.append(["pods that were started anew", str(len(gone))])
    table = markdown(["figure", "measured"], rows)
    print(table, *gone, *(line for one in clients for line in one.failed), sep="\n")
    if arguments.write:
        DOC.write_text(with_tables(DOC.read_text(), {"renewal": table}))


def _renew(servers: Mapping[str, Place], cluster: Cluster, instance: str) -> dict[str, float]:
    """Seconds from the new Secret until the server shows what is in it."""
    engine = Engine(Instance.read().folder, toolchain_folder(cache_root()))
    kept: dict[str, Any] = json.loads(engine.run("config", "get", SECRETS, folder=engine.folder))
    given = {name: value for name, value in kept.items() if name not in ("databaseKey", "storeKey")}
    old = {name: _end(place) for name, place in servers.items()}
    engine.run("config", "set", "--secret", SECRETS, given=json.dumps(given), folder=engine.folder)
    seen: dict[str, float] = {}
    up = subprocess.Popen(["make", "-C", str(ROOT), "up", f"INSTANCE={instance}"], stdout=sys.stderr)
    until = time.monotonic() + SECONDS
    while up.poll() is None or (len(seen) < len(servers) and time.monotonic() < until):
        seen |= {name: time.time() for name, place in servers.items() if name not in seen and _end(place) != old[name]}
        time.sleep(0.5)
    assert up.returncode == 0, "make up failed"
    assert seen.keys() == servers.keys(), f"only {sorted(seen)} show another certificate after {SECONDS:.0f} s"
    return {name: seen[name] - _made(cluster, SERVERS[name]) for name in servers}


def _end(place: Place) -> datetime | None:
    found = shown(place).certificate
    return found.ends if found else None


def _made(cluster: Cluster, secret: str) -> float:
    found = cluster.get(f"/api/v1/namespaces/ml-platform/secrets/{secret}")
    return datetime.fromisoformat(found["metadata"]["creationTimestamp"]).timestamp()


if __name__ == "__main__":
    main()
