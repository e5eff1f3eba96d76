"""Claims about logging in to PostgreSQL with tokens, on a real PostgreSQL that lets nobody in without one."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy import event, text
from sqlalchemy.engine import Engine
from sqlalchemy.pool import NullPool

from jobs.tracking import iam_login, readiness
from jobs.tracking.configuration import ConfigurationError
from tests.jobs.support import connecting_client, free_port, running
from tests.jobs.tracking_server import environment
from tests.support.postgres import Server
from tests.support.rds_login import RdsLogin, forget_tokens


@pytest.fixture(autouse=True)
def _this_process_forgets() -> Iterator[None]:
    yield
    forget_tokens()


def uri(port: int, role: str = "mlflow", database: str | None = None) -> str:
    return f"postgresql+psycopg://{role}@127.0.0.1:{port}/{database or role}?sslmode=disable"


def make_databases(postgres: Server, *names: str) -> None:
    for name in names:
        postgres.ask(f"CREATE ROLE {name} LOGIN")
        postgres.ask(f"CREATE DATABASE {name} OWNER {name}")


def test_every_new_connection_has_a_new_token_and_the_last_one_lets_nobody_in(
    postgres: Server, rds: RdsLogin, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_databases(postgres, "mlflow")
    numbers = count(1)

    def only_once(host: str, port: int, role: str) -> str:
        assert (host, port) == ("127.0.0.1", rds.port)
        rds.passwords[role] = f"token-{next(numbers)}"
        return rds.passwords[role]

    monkeypatch.setattr(iam_login, "token", only_once)
    iam_login.install()
    engine = sqlalchemy.create_engine(uri(rds.port), poolclass=NullPool)
    for _ in range(3):
        with engine.connect() as connection:
            assert connection.execute(text("SELECT current_user")).scalar_one() == "mlflow"
    assert rds.logins == [("mlflow", f"token-{number}") for number in (1, 2, 3)]


def test_a_connection_of_the_pool_is_used_again_without_a_token(postgres: Server, rds: RdsLogin) -> None:
    make_databases(postgres, "mlflow")
    iam_login.install()
    engine = sqlalchemy.create_engine(uri(rds.port))
    for _ in range(3):
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    engine.dispose()
    assert len(rds.logins) == 1


def test_the_check_of_readiness_logs_in_with_a_token_too(postgres: Server, rds: RdsLogin) -> None:
    make_databases(postgres, "mlflow")
    iam_login.install()
    check = readiness.database(uri(rds.port))
    check()
    check()
    assert [role for role, _token in rds.logins] == ["mlflow", "mlflow"]


def test_a_token_of_another_role_lets_nobody_in(postgres: Server, rds: RdsLogin) -> None:
    make_databases(postgres, "mlflow", "mlflow_auth")
    stolen = iam_login.token("127.0.0.1", rds.port, "mlflow_auth")
    engine = sqlalchemy.create_engine(uri(rds.port), connect_args={"password": stolen})
    with pytest.raises(sqlalchemy.exc.OperationalError, match='PAM authentication failed for user "mlflow"'):
        engine.connect()


def test_with_passwords_the_address_s_own_is_used(
    postgres: Server, rds: RdsLogin, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_databases(postgres, "mlflow")
    monkeypatch.setenv("MLOPS_DATABASE_LOGIN", "password")
    rds.passwords["mlflow"] = "of-the-address"
    iam_login.install()
    with sqlalchemy.create_engine(uri(rds.port).replace("mlflow@", "mlflow:of-the-address@")).connect():
        assert rds.logins == [("mlflow", "of-the-address")]


def test_what_an_address_leaves_out_is_taken_as_libpq_takes_it(
    postgres: Server, rds: RdsLogin, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_databases(postgres, "mlflow")
    monkeypatch.setenv("PGUSER", "mlflow")
    iam_login.install()
    with sqlalchemy.create_engine("postgresql+psycopg:///mlflow?sslmode=disable", poolclass=NullPool).connect():
        assert [role for role, _ in rds.logins] == ["mlflow"]


def test_without_the_variable_nothing_is_installed() -> None:
    iam_login.install()
    assert not event.contains(Engine, "do_connect", iam_login._log_in)


def test_it_is_installed_once_and_leaves_other_databases_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_DATABASE_LOGIN", "iam")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    iam_login.install()
    iam_login.install()
    with sqlalchemy.create_engine("sqlite://").connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1


def test_what_it_does_not_know_is_refused_and_a_missing_region_is_told_at_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLOPS_DATABASE_LOGIN", "IAM")
    with pytest.raises(ConfigurationError, match="MLOPS_DATABASE_LOGIN is 'IAM': give iam or password"):
        iam_login.install()
    monkeypatch.setenv("MLOPS_DATABASE_LOGIN", "iam")
    with pytest.raises(ConfigurationError, match="AWS_REGION is not set"):
        iam_login.install()


def test_schema_users_and_server_of_mlflow_work_without_a_password(
    postgres: Server, rds: RdsLogin, tmp_path: Path
) -> None:
    make_databases(postgres, "mlflow", "mlflow_auth")
    port = free_port()
    env = environment(tmp_path, port, uri(rds.port), uri(rds.port, "mlflow_auth"), ("admin", "training", "serving"))
    assert os.environ["MLOPS_DATABASE_LOGIN"] == "iam"
    with running(sys.executable, "-m", "jobs.tracking.schema", env=env) as schema:
        schema.wait_for("auth database at revision", seconds=120)
    with running(sys.executable, "-m", "jobs.tracking.users", env=env) as users:
        users.wait_for("user serving: created", seconds=60)
    before = len(rds.logins)
    with running(sys.executable, "-m", "jobs.tracking.server", env=env) as server:
        server.wait_for("Uvicorn running", seconds=120)
        with connecting_client(f"http://127.0.0.1:{port}") as client:
            ready = client.get("/ready").json()
            assert (ready["database"], ready["auth"]) == ("ok", "ok")
            created = client.post(
                "/api/2.0/mlflow/experiments/create", json={"name": "x"}, auth=("admin", "password-of-admin")
            )
            assert created.status_code == 200, created.text
    tokens = rds.logins[before:]
    assert {role for role, _token in tokens} == {"mlflow", "mlflow_auth"}
    assert all(f"DBUser={role}&" in f"{token}&" for role, token in rds.logins)
