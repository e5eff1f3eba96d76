"""The platform's MLflow, with users, on a database of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.jobs.support import ROOT, connecting_client, free_port, running

ADMIN = "password-of-admin"


@pytest.fixture(scope="module")
def mlflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address."""
    folder = tmp_path_factory.mktemp("mlflow")
    secrets, port = folder / "secrets", free_port()
    secrets.mkdir()
    auth = f"sqlite:///{folder / 'auth.db'}"
    files = {
        "backend-uri": f"sqlite:///{folder / 'mlflow.db'}",
        "auth-uri": auth,
        "secret-key": "of-the-forms",
        "basic_auth.ini": f"[mlflow]\ndefault_permission = READ\ndatabase_uri = {auth}\nadmin_username = admin\n"
        "authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n",
        **{f"{user}-password": f"password-of-{user}" for user in ("admin", "training", "serving", "pruning")},
    }
    for name, content in files.items():
        (secrets / name).write_text(content)
    env = {
        "PYTHONPATH": str(ROOT),
        "MLOPS_TRACKING_SECRETS": str(secrets),
        "MLOPS_TRACKING_ARTIFACT_ROOT": "s3://artifacts",
        "MLOPS_TRACKING_METRICS": str(folder / "metrics"),
        "MLOPS_TRACKING_PORT": str(port),
        "MLOPS_TRACKING_METRICS_PORT": str(free_port()),
        "MLFLOW_S3_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}",
    }
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
