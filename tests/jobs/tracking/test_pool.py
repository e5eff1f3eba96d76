"""A busy server on databases of its own: no request takes a connection that the pool does not have."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from infra.settings.tracking import TrackingSettings
from jobs.tracking.configuration import Configuration
from tests.jobs.support import free_port, running
from tests.jobs.tracking_server import environment
from tests.support import postgres as postgresql

POOL = 4
BASES = ("mlflow", "mlflow_auth")
LOGIN = ("admin", "an administrator's password")
OPEN = (
    "SELECT count(*) FILTER (WHERE datname = 'mlflow'), count(*) FILTER (WHERE datname = 'mlflow_auth')"
    " FROM pg_stat_activity"
)


@pytest.fixture
def server(postgres_programs: Path, tmp_path: Path) -> Iterator[postgresql.Server]:
    hba = ["host all all 127.0.0.1/32 trust"]
    with postgresql.server(postgres_programs, tmp_path / "data", hba=hba, settings={"fsync": "off"}) as started:
        for base in BASES:
            started.ask(f"CREATE DATABASE {base}")
        yield started


@contextmanager
def mlflow(server: postgresql.Server, folder: Path) -> Iterator[httpx.Client]:
    """The server of the image beside its two databases, and a client of it."""
    tracking, auth = (f"postgresql+psycopg://postgres@127.0.0.1:{server.port}/{base}" for base in BASES)
    port = free_port()
    env = environment(folder, port, tracking, auth, ()) | {"MLOPS_TRACKING_POOL_SIZE": str(POOL)}
    # MLflow makes its tables and its administrator itself, where no Job has done it before.
    with (folder / "secrets" / "basic_auth.ini").open("a") as ini:
        ini.write(f"admin_password = {LOGIN[1]}\nauth_cache_ttl_seconds = 60\n")
    with (
        running(sys.executable, "-m", "jobs.tracking.server", env=env) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}/api/2.0/mlflow", auth=LOGIN, timeout=60) as client,
    ):
        # What says that its startup is complete comes before it listens.
        process.wait_for("Uvicorn running")
        yield client


def test_a_busy_server_opens_no_more_than_it_is_counted_with(server: postgresql.Server, tmp_path: Path) -> None:
    with mlflow(server, tmp_path) as client, server.connect() as watch, ThreadPoolExecutor(24) as clients:
        experiment = client.post("experiments/create", json={"name": "busy"}).json()["experiment_id"]

        def write(number: int) -> set[int]:
            run = client.post("runs/create", json={"experiment_id": experiment, "start_time": number})
            batch = {"run_id": run.json()["run"]["info"]["run_id"], "params": [{"key": "n", "value": str(number)}]}
            model = client.post("registered-models/create", json={"name": f"model-{number}"})
            return {run.status_code, model.status_code, client.post("runs/log-batch", json=batch).status_code}

        answers = [clients.submit(write, number) for number in range(120)]
        seen = []
        while not all(answer.done() for answer in answers):
            row = watch.execute(OPEN).fetchone()
            assert row is not None
            seen.append(row)
        assert {status for answer in answers for status in answer.result()} == {200}
    tracking, auth = (max(one) for one in zip(*seen, strict=True))
    # Busy it was, and bounded: MLflow alone would have let both pools go to ten more.
    assert POOL < tracking <= 2 * POOL, seen[-5:]
    assert auth <= POOL // 2
    resources = {"cpu": "1", "memory": "1Gi", "cpuLimit": "1", "memoryLimit": "1Gi"}
    settings = TrackingSettings.model_validate({"resources": resources, "databasePoolSize": POOL})
    assert tracking + auth <= settings.connections


@pytest.mark.parametrize(("pool", "at_once"), [(2, 1), (3, 1), (10, 5)])
def test_half_of_the_pool_are_inside(pool: int, at_once: int) -> None:
    assert Configuration(Path(), "s3://a", Path(), 1, 2, pool).at_once == at_once
