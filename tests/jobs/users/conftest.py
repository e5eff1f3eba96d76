"""The platform's MLflow, with users, on a database of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.jobs.support import connecting_client, free_port, running
from tests.jobs.tracking_server import environment

ADMIN = "password-of-admin"


@pytest.fixture(scope="module")
def mlflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address."""
    folder = tmp_path_factory.mktemp("mlflow")
    port = free_port()
    backend, auth = (f"sqlite:///{folder / name}.db" for name in ("mlflow", "auth"))
    env = environment(folder, port, backend, auth, ("admin", "training", "serving", "pruning"))
    # Both Jobs in one process: importing MLflow is what takes their time.
    both = "from jobs.tracking import schema, users; schema.main(); users.main()"
    with running(sys.executable, "-c", both, env=env) as process:
        process.wait_for("user pruning: created", seconds=180)
    with running(sys.executable, "-m", "jobs.tracking.server", env=env) as process:
        process.wait_for("Uvicorn running", seconds=180)
        with connecting_client(f"http://127.0.0.1:{port}") as client:
            client.post("/api/2.0/mlflow/experiments/create", json={"name": "churn"}, auth=("admin", ADMIN))
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def trail(mlflow: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A trail of the test's own, and the environment of an administrator."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow)
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "admin")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", ADMIN)
    monkeypatch.setenv("MLOPS_AUDIT", str(tmp_path / "audit"))
    return tmp_path / "audit"
