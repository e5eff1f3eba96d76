"""Claims about the platform's roles and databases, on a real PostgreSQL."""

from __future__ import annotations

import json
from pathlib import Path

import boto3
import psycopg
import pytest
from moto import mock_aws

from jobs.errors import ConfigError, MlopsError, UnreachableError
from jobs.maintenance.roles import ROLES, run
from tests.support.postgres import Server
from tests.support.rds_login import RdsLogin

NAMES = [role.name for role in ROLES]


@pytest.fixture
def passwords(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a password for each role."""
    folder = tmp_path / "passwords"
    folder.mkdir()
    for name in NAMES:
        (folder / name).write_text(f"first-of-{name}\n")
    monkeypatch.setenv("MLOPS_DATABASE_PASSWORDS", str(folder))
    return folder


@pytest.fixture
def as_superuser(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "127.0.0.1")
    monkeypatch.setenv("PGPORT", str(postgres.port))
    monkeypatch.setenv("PGUSER", "postgres")


def stored(postgres: Server, role: str) -> str | None:
    """What the server keeps of a role's password."""
    ((kept,),) = postgres.ask(f"SELECT rolpassword FROM pg_authid WHERE rolname = '{role}'")
    return kept if kept is None else str(kept)


def by_token(postgres: Server) -> set[str]:
    rows = postgres.ask("SELECT member::regrole::text FROM pg_auth_members WHERE roleid = 'rds_iam'::regrole")
    return {str(row[0]) for row in rows} & set(NAMES)


@pytest.mark.usefixtures("as_superuser", "passwords")
class TestWithPasswords:
    def test_each_role_owns_its_database_and_is_kept_out_of_the_others(self, postgres: Server) -> None:
        run([])
        owners = postgres.ask("SELECT datname, pg_get_userbyid(datdba) FROM pg_database WHERE datname !~ '^template'")
        assert set(owners) == {
            ("postgres", "postgres"),
            ("mlflow", "mlflow"),
            ("mlflow_auth", "mlflow_auth"),
            ("studies", "optuna"),
        }
        postgres.ask("CREATE TABLE kept (x int)", user="mlflow", database="mlflow")
        for database in ("mlflow", "mlflow_auth", "postgres", "template1"):
            with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
                postgres.connect("optuna", database)

    def test_the_role_of_backups_reads_all_and_writes_nothing(self, postgres: Server) -> None:
        run([])
        postgres.ask("CREATE TABLE kept (x int)", user="mlflow", database="mlflow")
        postgres.ask("INSERT INTO kept VALUES (7)", user="mlflow", database="mlflow")
        assert postgres.ask("SELECT x FROM kept", user="backup", database="mlflow") == [(7,)]
        for statement in ("INSERT INTO kept VALUES (8)", "CREATE TABLE more (x int)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                postgres.ask(statement, user="backup", database="mlflow")

    def test_the_role_of_care_sees_and_vacuums_all_and_reads_and_changes_nothing(self, postgres: Server) -> None:
        run([])
        owner = {"user": "mlflow", "database": "mlflow"}
        care = {"user": "care", "database": "mlflow"}
        postgres.ask("CREATE TABLE kept (x int)", **owner)
        with postgres.connect("mlflow", "mlflow") as other:
            other.execute("BEGIN; SELECT 1")
            assert postgres.ask("SELECT state FROM pg_stat_activity WHERE usename = 'mlflow'", user="care") == [
                ("idle in transaction",)
            ]
        postgres.ask("VACUUM (ANALYZE) kept", **care)
        assert postgres.ask("SELECT last_vacuum IS NOT NULL FROM pg_stat_user_tables", **care) == [(True,)]
        for statement in ("SELECT x FROM kept", "INSERT INTO kept VALUES (8)", "CREATE TABLE more (x int)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                postgres.ask(statement, **care)

    def test_it_may_run_any_number_of_times(self, capsys: pytest.CaptureFixture[str]) -> None:
        run([])
        assert "role mlflow: created\ndatabase mlflow: created" in capsys.readouterr().out
        run([])
        assert "role mlflow: updated\ndatabase mlflow: unchanged" in capsys.readouterr().out

    def test_no_password_travels_so_that_no_log_can_have_one(self, postgres: Server) -> None:
        run([])
        assert (stored(postgres, "mlflow") or "").startswith("SCRAM-SHA-256$")
        assert "CREATE DATABASE" in postgres.log
        assert "first-of-" not in postgres.log

    @pytest.mark.parametrize("names", [[], ["mlflow", "mlflow_auth"]])
    def test_only_roles_that_are_named_or_have_a_password_are_made(
        self, postgres: Server, passwords: Path, names: list[str]
    ) -> None:
        for without in ("optuna", "backup", "care"):
            (passwords / without).unlink()
        (passwords / "..data").mkdir()
        run(names)
        rows = postgres.ask("SELECT rolname FROM pg_roles WHERE rolcanlogin AND rolname <> 'postgres'")
        assert sorted(rows) == [("mlflow",), ("mlflow_auth",)]

    def test_a_role_that_logged_in_with_tokens_gets_its_password_back(self, postgres: Server) -> None:
        run([])
        postgres.ask("CREATE ROLE rds_iam")
        postgres.ask("GRANT rds_iam TO mlflow")
        run([])
        assert by_token(postgres) == set()

    def test_a_server_without_iam_authentication_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MLOPS_DATABASE_LOGIN", "iam")
        monkeypatch.setenv("AWS_REGION", "eu-central-1")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
        with pytest.raises(ConfigError, match="this server has no role rds_iam"):
            run([])


def test_a_password_of_the_file_lets_in_and_no_other(
    postgres_programs: Path, tmp_path: Path, passwords: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.support.postgres import server

    hba = ("host all postgres 127.0.0.1/32 trust", "host all all 127.0.0.1/32 scram-sha-256")
    with server(postgres_programs, tmp_path / "strict", hba=hba) as strict:
        monkeypatch.setenv("PGHOST", "127.0.0.1")
        monkeypatch.setenv("PGPORT", str(strict.port))
        monkeypatch.setenv("PGUSER", "postgres")
        run([])
        strict.connect("mlflow", "mlflow", "first-of-mlflow").close()
        (passwords / "mlflow").write_text("second-of-mlflow")
        run([])
        strict.connect("mlflow", "mlflow", "second-of-mlflow").close()
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            strict.connect("mlflow", "mlflow", "first-of-mlflow")


class TestAsTheMasterOfRds:
    @pytest.fixture(autouse=True)
    def secret(self, postgres: Server, rds: RdsLogin, monkeypatch: pytest.MonkeyPatch) -> object:
        """The master, who is no superuser, and the secret that RDS keeps for it."""
        postgres.ask("CREATE ROLE rds_iam")
        postgres.ask("CREATE ROLE master LOGIN CREATEROLE CREATEDB")
        postgres.ask("GRANT rds_iam, pg_read_all_data, pg_monitor, pg_maintain TO master WITH ADMIN OPTION")
        postgres.ask("ALTER DATABASE postgres OWNER TO master")
        rds.passwords["master"] = "password-of-master"
        with mock_aws():
            login = json.dumps({"username": "master", "password": "password-of-master"})
            manager = boto3.client("secretsmanager", region_name="eu-central-1")
            arn = manager.create_secret(Name="rds!db-1", SecretString=login)["ARN"]
            monkeypatch.setenv("MLOPS_DATABASE_ADMIN_SECRET", arn)
            yield arn

    def test_it_makes_roles_that_log_in_with_tokens_and_have_no_password(self, postgres: Server) -> None:
        run([])
        assert by_token(postgres) == set(NAMES)
        assert {stored(postgres, name) for name in NAMES} == {None}
        postgres.ask("CREATE TABLE kept (x int)", user="mlflow", database="mlflow")
        assert postgres.ask("SELECT x FROM kept", user="backup", database="mlflow") == []
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            postgres.connect("optuna", "mlflow")

    def test_a_master_that_may_not_give_the_right_to_vacuum_says_so_and_makes_all_else(
        self, postgres: Server, capsys: pytest.CaptureFixture[str]
    ) -> None:
        postgres.ask("REVOKE pg_maintain FROM master")
        run([])
        assert "role care: without pg_maintain" in capsys.readouterr().out
        rows = postgres.ask("SELECT roleid::regrole::text FROM pg_auth_members WHERE member = 'care'::regrole")
        assert set(rows) == {("pg_monitor",), ("rds_iam",)}
        assert by_token(postgres) == set(NAMES)

    def test_it_stays_in_none_of_them(self, postgres: Server) -> None:
        run([])
        run([])
        query = (
            "SELECT roleid::regrole::text FROM pg_auth_members WHERE grantor = 'master'::regrole AND member = grantor"
        )
        assert postgres.ask(query) == []

    def test_it_leaves_open_what_is_not_its_own_and_says_so(self, capsys: pytest.CaptureFixture[str]) -> None:
        run([])
        assert [line for line in capsys.readouterr().out.splitlines() if "left open" in line] == [
            "database template1: left open, it is not ours"
        ]

    def test_it_logs_in_with_a_token_where_rds_takes_its_password_no_longer(self, rds: RdsLogin) -> None:
        run([])
        assert rds.logins[-1] == ("master", "password-of-master")
        del rds.passwords["master"]
        run([])
        assert "X-Amz-Signature" in rds.logins[-1][1]

    @pytest.mark.usefixtures("passwords")
    def test_a_wrong_password_is_not_tried_again_where_nobody_has_tokens(
        self, rds: RdsLogin, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MLOPS_DATABASE_LOGIN", "password")
        rds.passwords["master"] = "another"
        with pytest.raises(UnreachableError, match="does not let us in"):
            run([])
        assert rds.logins == []


def test_a_role_that_the_platform_does_not_have_is_named() -> None:
    with pytest.raises(ConfigError, match="a role that the platform does not have") as refused:
        run(["mlflow", "root"])
    assert "root" in str(refused.value)


def test_a_missing_password_is_named_before_anything_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="MLOPS_DATABASE_PASSWORDS is not set"):
        run([])
    monkeypatch.setenv("MLOPS_DATABASE_PASSWORDS", str(tmp_path))
    with pytest.raises(ConfigError, match="a password is missing") as refused:
        run([])
    assert f"no file in {tmp_path}" in str(refused.value)
    (tmp_path / "optuna").write_text("\n")
    with pytest.raises(ConfigError, match="a password is missing") as refused:
        run([])
    assert "optuna" in str(refused.value)
    with pytest.raises(ConfigError, match="a password cannot be read") as refused:
        run(["mlflow"])
    assert f"{tmp_path}/mlflow" in str(refused.value)


def test_a_password_of_an_unknown_role_is_refused(passwords: Path) -> None:
    (passwords / "root").write_text("x")
    with pytest.raises(ConfigError, match="a role that the platform does not have"):
        run([])


@pytest.mark.usefixtures("passwords")
@pytest.mark.parametrize("held", ["not-json-but-hidden", '{"username": "hidden"}'])
def test_a_secret_that_holds_no_login_is_told_without_what_it_holds(held: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with mock_aws():
        manager = boto3.client("secretsmanager", region_name="eu-central-1")
        monkeypatch.setenv("MLOPS_DATABASE_ADMIN_SECRET", manager.create_secret(Name="a", SecretString=held)["ARN"])
        with pytest.raises(MlopsError, match="the secret holds no login") as refused:
            run([])
    assert "hidden" not in str(refused.value)


@pytest.mark.usefixtures("passwords")
def test_what_is_no_secret_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_DATABASE_ADMIN_SECRET", "rds!db-1")
    with pytest.raises(ConfigError, match="MLOPS_DATABASE_ADMIN_SECRET is not a secret"):
        run([])
