"""Claims about how PostgreSQL's own tools log in."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.backup import databases, server
from jobs.backup.packer import Known, Packer
from jobs.backup.seal import Sealer, new_key
from jobs.database_login import environment
from jobs.errors import ConfigError, UnreachableError
from tests.jobs.backup.small import Memory
from tests.support.postgres import Server
from tests.support.rds_login import RdsLogin


def test_with_a_password_the_environment_is_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "of-the-secret")
    assert environment()["PGPASSWORD"] == "of-the-secret"


def test_a_token_needs_a_server_and_a_role(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_DATABASE_LOGIN", "iam")
    with pytest.raises(ConfigError, match="PGHOST is not set"):
        environment()
    monkeypatch.setenv("MLOPS_DATABASE_LOGIN", "token")
    with pytest.raises(ConfigError, match="give iam or password"):
        environment()


@pytest.fixture
def as_backup(postgres: Server, postgres_programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database of MLflow's, and the role that may read all."""
    for statement in (
        "CREATE ROLE mlflow LOGIN",
        "CREATE DATABASE mlflow OWNER mlflow",
        "CREATE ROLE backup LOGIN",
        "GRANT pg_read_all_data TO backup",
    ):
        postgres.ask(statement)
    postgres.ask("CREATE TABLE kept (x int)", user="mlflow", database="mlflow")
    monkeypatch.setenv("PGUSER", "backup")
    monkeypatch.setenv("PATH", f"{postgres_programs}:/usr/bin:/bin")


@pytest.mark.cluster
@pytest.mark.usefixtures("as_backup")
def test_each_connection_gets_a_token_and_the_set_holds_what_another_role_made(
    rds: RdsLogin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "LARGE", -1)
    shelf = Memory()
    with Packer(shelf, Sealer([new_key()[1]]), Known()) as packer, databases.snapshots(["mlflow"]) as snapshots:
        captured = databases.capture(snapshots[0], packer)
        packer.finish()
    assert [table.name for table in captured.tables] == ['"public"."kept"']
    # The snapshot, pg_dump before and after the rows, psql for the rows.
    assert [(role, "X-Amz-Signature" in token) for role, token in rds.logins] == [("backup", True)] * 4


@pytest.mark.cluster
@pytest.mark.usefixtures("as_backup", "rds")
def test_without_tokens_rds_lets_nobody_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_DATABASE_LOGIN", "password")
    monkeypatch.setenv("PGPASSWORD", "guessed")
    with pytest.raises(UnreachableError, match="cannot be reached"), databases.snapshots(["mlflow"]):
        pass
