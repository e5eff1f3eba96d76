from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

import jobs.store
from jobs.bundle.scorer import Scorer, load_scorer
from jobs.config import load
from jobs.datasets.table import Table
from jobs.datasets.validate import validate
from jobs.places import DEFAULTS
from jobs.training.config import Experiment
from jobs.training.experiment import Trained, train
from tests.jobs.recovery import recovery, recovery_server
from tests.jobs.support import CONFIG, ROOT, connecting_client, free_port, mlops, running
from tests.support import postgres as postgresql
from tests.support import store as storage
from tests.support.rds_login import RdsLogin, forget_tokens, rds_login

# A fixture that two folders name for themselves is made twice, and MLflow makes its tables only once in a process.
__all__ = ["recovery", "recovery_server"]


@pytest.fixture(autouse=True)
def _no_environment_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test may reach a platform that runs on this machine."""
    for name in list(os.environ):
        if name.startswith(("MLFLOW_TRACKING", "MLFLOW_S3", "AWS_", "MLOPS_", "PG")) or name == "KUBECONFIG":
            monkeypatch.delenv(name)
    monkeypatch.setenv("MLOPS_CACHE", str(tmp_path / "no-cache"))
    # It keeps the first credentials that it finds.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


@pytest.fixture(scope="session")
def experiment() -> Experiment:
    return load(Experiment, CONFIG)


@pytest.fixture(scope="session")
def telco(experiment: Experiment) -> Table:
    """The real table, 7,043 customers."""
    return validate(experiment.data.read(), experiment.table, "telco")


@pytest.fixture(scope="session")
def trained(experiment: Experiment, telco: Table, tmp_path_factory: pytest.TempPathFactory) -> list[Trained]:
    return train(experiment, telco, tmp_path_factory.mktemp("bundles"), print)


@pytest.fixture(scope="session", params=["logistic_regression", "xgboost"])
def one_trained(trained: list[Trained], request: pytest.FixtureRequest) -> Trained:
    return next(one for one in trained if one.candidate.kind == request.param)


@pytest.fixture(scope="session")
def scorer(trained: list[Trained]) -> Scorer:
    return load_scorer(trained[-1].folder, trained[-1].digest)


@pytest.fixture(scope="session")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a real MLflow server on SQLite and a local folder."""
    port = free_port()
    folder = tmp_path_factory.mktemp("mlflow")
    command = [sys.executable, "-m", "jobs", "tracking", "serve", "--folder", str(folder), "--port", str(port)]
    with running(*command, env={"PYTHONPATH": str(ROOT)}), connecting_client(f"http://127.0.0.1:{port}") as client:
        assert client.get("/health").text == "OK"
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="session")
def audit_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The audit trail of `mlflow_server`."""
    return tmp_path_factory.mktemp("audit")


@pytest.fixture
def tracking(mlflow_server: str, audit_folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The server's address, set for plain MLflow clients in this process, and the folder of its audit trail."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_server)
    monkeypatch.setenv("MLOPS_AUDIT", str(audit_folder))
    return mlflow_server


@pytest.fixture(scope="session")
def _two_versions(mlflow_server: str, audit_folder: Path) -> None:
    """An experiment trained once, its two candidates registered: version 1 XGBoost, version 2 logistic regression."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", mlflow_server)
        patch.setenv("MLOPS_AUDIT", str(audit_folder))
        ran = mlops("train", "run", str(CONFIG), "--json")
        assert ran.code == 0, ran.err
        runs = {one["name"]: one["runId"] for one in ran.json["candidates"]}
        assert mlops("models", "register", "churn-classifier").code == 0
        assert mlops("models", "register", "churn-classifier", "--run-id", runs["logistic-regression"]).code == 0


@pytest.fixture
def registry(tracking: str, _two_versions: None) -> str:
    """A registry with versions 1 and 2, champion at 1."""
    from mlflow import MlflowClient

    if MlflowClient(tracking).get_registered_model("churn-classifier").aliases.get("champion") == "1":
        return tracking
    back = mlops("models", "promote", "churn-classifier", "--version", "1", "--force", "--reason", "the test's start")
    assert back.code == 0, back.err
    return tracking


@pytest.fixture(scope="session")
def store_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[storage.Server]:
    """A real S3 store with the default buckets, versioned. A test takes `store`, which has them empty."""
    server = storage.Server(tmp_path_factory.mktemp("store"))
    with storage.running(server):
        server.make(list(DEFAULTS.values()))
        yield server


@pytest.fixture
def store(store_server: storage.Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[storage.Server]:
    """The store with its default buckets empty, set for `jobs.store`, MLflow and boto3 in this process."""
    store_server.empty(list(DEFAULTS.values()))
    for name, value in store_server.environment.items():
        monkeypatch.setenv(name, value)
    jobs.store.client.cache_clear()
    yield store_server
    jobs.store.client.cache_clear()


@pytest.fixture(scope="session")
def postgres_programs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of PostgreSQL's programs; the platform's image has them, and starting a cluster builds it."""
    folder = tmp_path_factory.mktemp("postgres")
    if not (found := postgresql.programs(folder)):
        request.getfixturevalue("cluster")
        found = postgresql.programs(folder)
    assert found, "the image of PostgreSQL is not in the cache"
    return found


@pytest.fixture
def postgres(postgres_programs: Path, tmp_path: Path) -> Iterator[postgresql.Server]:
    """A new PostgreSQL."""
    with postgresql.server(postgres_programs, tmp_path / "postgres") as server:
        yield server


@pytest.fixture
def rds(postgres: postgresql.Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[RdsLogin]:
    """The new PostgreSQL behind RDS' way of letting people in, and a process that has an AWS identity."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("MLOPS_DATABASE_LOGIN", "iam")
    with rds_login(postgres.port) as front:
        monkeypatch.setenv("PGHOST", "127.0.0.1")
        monkeypatch.setenv("PGPORT", str(front.port))
        yield front
    forget_tokens()
