"""Both certificates of a running instance renewed by `make up`, under clients: `python -m benchmarks.renewal`.

Clients hold a session of PostgreSQL, log in anew, write and read objects and ask MLflow all the while; certificates are
renewed because their keys are gone from `mlops:secrets`. `--write` puts the figures into the runbook.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg

from benchmarks.tables import markdown, with_tables
from jobs import store
from jobs.certificates.place import Place, places
from jobs.certificates.shown import shown
from jobs.settings import Instance, TrackingSettings, use_database, use_environment
from local.cache import cache_root
from local.cluster.client import Cluster
from local.platform.engine import Engine
from local.platform.stack_config import SECRETS
from local.toolchain.build import toolchain_folder

ROOT = Path(__file__).parents[1]
DOC = ROOT / "docs" / "runbooks" / "renew-certificates.md"
SERVERS = {"database": "postgres-certificate", "store": "store-certificate"}
NAMESPACES = ("ml-platform", "ml-serving", "ml-training", "ml-monitoring")
KEY = "scratch/renewal"
SECONDS = 300.0


@dataclass
class Client:
    """Asks again and again until told; `failed` are the errors that it met."""

    name: str
    ask: Callable[[], object]
    ended: threading.Event
    asked: int = 0
    failed: list[str] = field(default_factory=list)

    def run(self) -> None:
        while not self.ended.wait(0.2):
            self.asked += 1
            try:
                self.ask()
            except Exception as error:
                self.failed.append(f"{time.strftime('%H:%M:%S')} {type(error).__name__}: {error}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--instance", default=os.environ.get("MLOPS_INSTANCE", "local"), help="of this machine")
    parser.add_argument("--write", action="store_true", help=f"the figures into {DOC.relative_to(ROOT)}")
    arguments = parser.parse_args()
    os.environ["MLOPS_INSTANCE"] = arguments.instance
    use_database()
    use_environment()
    cluster = Cluster(Instance.read().kubeconfig)
    before, found = _pods(cluster), {place.name: place for place in places(Instance.read().outputs(), os.environ)}
    with ExitStack() as stack:
        clients = _clients(stack)
        threads = [threading.Thread(target=client.run) for client in clients]
        for thread in threads:
            thread.start()
        try:
            took = _renew({name: found[name] for name in SERVERS}, cluster, arguments.instance)
        finally:
            clients[0].ended.set()
            for thread in threads:
                thread.join()
    gone = sorted(before.keys() - _pods(cluster).keys())
    rows = [
        [f"{name}: from the new Secret to the new certificate", f"{seconds:.0f} s"] for name, seconds in took.items()
    ]
    rows += [[f"{one.name}: asked, failed", f"{one.asked}, {len(one.failed)}"] for one in clients]
    rows.append(["pods that were started anew", str(len(gone))])
    table = markdown(["figure", "measured"], rows)
    print(table, *gone, *(line for one in clients for line in one.failed), sep="\n")
    if arguments.write:
        DOC.write_text(with_tables(DOC.read_text(), {"renewal": table}))


def _clients(stack: ExitStack) -> list[Client]:
    tracking = TrackingSettings.read()
    http = stack.enter_context(httpx.Client(base_url=tracking.uri, auth=tracking.auth, timeout=30))
    session = stack.enter_context(psycopg.connect(dbname="postgres", autocommit=True))
    bucket, ended = str(Instance.read().outputs()["artifactBucket"]), threading.Event()

    def log_in() -> None:
        psycopg.connect(dbname="postgres", connect_timeout=10).close()

    def objects() -> None:
        s3 = store.client(attempts=1)
        s3.put_object(Bucket=bucket, Key=KEY, Body=b"x")
        s3.get_object(Bucket=bucket, Key=KEY)["Body"].read()
        s3.delete_object(Bucket=bucket, Key=KEY)

    def search() -> None:
        http.get("/api/2.0/mlflow/experiments/search", params={"max_results": 1}).raise_for_status()

    return [
        Client("a held session", lambda: session.execute("SELECT 1"), ended),
        Client("logins to PostgreSQL", log_in, ended),
        Client("writes and reads of an object", objects, ended),
        Client("searches of MLflow", search, ended),
    ]


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


def _pods(cluster: Cluster) -> dict[str, str]:
    """Of servers: uid → name."""
    pods = [pod["metadata"] for name in NAMESPACES for pod in cluster.items(f"/api/v1/namespaces/{name}/pods")]
    kinds = ("ReplicaSet", "StatefulSet")
    return {pod["uid"]: pod["name"] for pod in pods if pod.get("ownerReferences", [{}])[0].get("kind") in kinds}


if __name__ == "__main__":
    main()
