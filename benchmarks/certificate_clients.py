"""What the benchmarks of certificates share: their words, and clients that never stop while certificates change."""

from __future__ import annotations

import argparse
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg

from jobs import store
from jobs.settings import Instance, TrackingSettings, use_database, use_environment
from local.cluster.client import Cluster

ROOT = Path(__file__).parents[1]
DOC = ROOT / "docs" / "runbooks" / "renew-certificates.md"
NAMESPACES = ("ml-platform", "ml-serving", "ml-training", "ml-monitoring")
KEY = "scratch/renewal"


def begin(doc: str) -> argparse.Namespace:
    """`instance`, which is used from now on, and `write`."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("--instance", default=os.environ.get("MLOPS_INSTANCE", "local"), help="of this machine")
    parser.add_argument("--write", action="store_true", help=f"the figures into {DOC.relative_to(ROOT)}")
    arguments = parser.parse_args()
    os.environ["MLOPS_INSTANCE"] = arguments.instance
    use_database()
    use_environment()
    return arguments


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


@contextmanager
def asking() -> Iterator[list[Client]]:
    """They ask until the block ends. `begin` comes first."""
    ended = threading.Event()
    with ExitStack() as stack:
        clients = _clients(stack, ended)
        threads = [threading.Thread(target=client.run) for client in clients]
        for thread in threads:
            thread.start()
        try:
            yield clients
        finally:
            ended.set()
            for thread in threads:
                thread.join()


def pods(cluster: Cluster) -> dict[str, str]:
    """Of servers: uid → name."""
    there = [pod["metadata"] for name in NAMESPACES for pod in cluster.items(f"/api/v1/namespaces/{name}/pods")]
    kinds = ("ReplicaSet", "StatefulSet")
    return {pod["uid"]: pod["name"] for pod in there if pod.get("ownerReferences", [{}])[0].get("kind") in kinds}


def _clients(stack: ExitStack, ended: threading.Event) -> list[Client]:
    tracking = TrackingSettings.read()
    http = stack.enter_context(httpx.Client(base_url=tracking.uri, auth=tracking.auth, timeout=30))
    session = stack.enter_context(psycopg.connect(dbname="postgres", autocommit=True))
    bucket = str(Instance.read().outputs()["artifactBucket"])

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
