"""A small platform to back up and to lose: MLflow's real tables in a real PostgreSQL, a real store, a champion."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from jobs.backup.seal import new_key
from jobs.bundle.files import ARTIFACT_PATH
from jobs.training.experiment import Trained
from tests.jobs.support import Outcome, mlops
from tests.support import postgres as postgresql
from tests.support import store as storage

DATABASES = ("mlflow", "mlflow_auth", "studies")
OWNERS = {"mlflow": "mlflow", "mlflow_auth": "mlflow_auth", "studies": "optuna"}
SOURCE = "s3://mlflow-artifacts/1/models/m-1/artifacts"
RUNS, METRICS = 20, 50


@dataclass(frozen=True)
class Recovery:
    """The platform, with the secret key of its backups in `key`."""

    server: postgresql.Server
    store: storage.Server
    key: Path
    recipient: str

    def ask(self, query: str, database: str = "mlflow") -> list[tuple[Any, ...]]:
        return self.server.ask(query, database=database)

    def put(self, key: str, content: bytes, bucket: str = "mlflow-artifacts") -> None:
        boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=content)

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        listed = boto3.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)
        return [item["Key"] for item in listed.get("Contents", [])]

    def take(self, *options: str) -> str:
        """Id of a new set."""
        said = mlops("backup", "run", "--json", *options)
        assert said.code == 0, said.out + said.err
        return str(said.json["set"])

    def restore(self, *options: str) -> Outcome:
        return mlops("restore", "--identity", str(self.key), *options)

    def as_master(self, patch: pytest.MonkeyPatch, *rights: str) -> None:
        """From here on as the master of RDS, who is no superuser and in none of the roles that it has made; databases
        are closed to others than their owners."""
        self.server.ask("REVOKE pg_read_all_data FROM master")
        for right in rights:
            self.server.ask(f"GRANT {right} TO master")
        for name in DATABASES:
            self.server.ask(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
        patch.setenv("PGUSER", "master")

    @property
    def taken_on(self) -> list[tuple[Any, ...]]:
        """Roles that the master has let itself into."""
        return self.server.ask(
            "SELECT roleid::regrole::text FROM pg_auth_members"
            " WHERE member = 'master'::regrole AND grantor = 'master'::regrole"
        )

    def lose(self) -> None:
        """Databases and objects are gone; server, roles, buckets and backups are there."""
        for name in DATABASES:
            self.server.ask(f"DROP DATABASE {name} WITH (FORCE)")
        self.store.empty(["mlflow-artifacts", "features", "audit"])


@pytest.fixture(scope="session")
def recovery_server(postgres_programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[postgresql.Server]:
    """PostgreSQL with the roles of the platform and the template of each database."""
    data = tmp_path_factory.mktemp("recovery") / "postgres"
    hba = [f"host {database} all 127.0.0.1/32 trust" for database in ("all", "replication")]
    with postgresql.server(postgres_programs, data, hba=hba, settings={"fsync": "off"}) as server:
        server.ask("CREATE ROLE master LOGIN CREATEROLE CREATEDB")
        for role in (*OWNERS.values(), "backup"):
            server.ask(f"CREATE ROLE {role} LOGIN", user="master")
        server.ask("GRANT pg_read_all_data TO backup")
        server.ask("ALTER ROLE backup REPLICATION")
        for name, owner in OWNERS.items():
            server.ask(f"CREATE DATABASE template_{name} OWNER {owner}")
        _mlflow(server)
        for name, table in (("mlflow_auth", "users"), ("studies", "trials")):
            for statement in (
                f"CREATE TABLE {table} (id serial PRIMARY KEY, name text)",
                f"INSERT INTO {table} (name) SELECT 'n' || i FROM generate_series(1, 5) i",
            ):
                server.ask(statement, user=OWNERS[name], database=f"template_{name}")
        yield server


def _mlflow(server: postgresql.Server) -> None:
    """As MLflow's models say it: its migrations take ten times as long."""
    from mlflow.store.db.base_sql_model import Base
    from mlflow.store.model_registry.dbmodels import models as registry
    from mlflow.store.tracking.dbmodels import models as tracking
    from sqlalchemy import create_engine

    wanted: list[Any] = [
        *(tracking.SqlExperiment, tracking.SqlRun, tracking.SqlMetric, tracking.SqlParam, tracking.SqlTag),
        *(registry.SqlRegisteredModel, registry.SqlRegisteredModelTag, registry.SqlRegisteredModelAlias),
        *(registry.SqlModelVersion, registry.SqlModelVersionTag),
    ]
    engine = create_engine(f"postgresql+psycopg://mlflow@127.0.0.1:{server.port}/template_mlflow")
    Base.metadata.create_all(engine, tables=[one.__table__ for one in wanted])
    engine.dispose()
    statements = (
        "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)",
        "INSERT INTO alembic_version VALUES ('0123456789ab')",
        "INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, workspace)"
        " VALUES (1, 'churn', 's3://mlflow-artifacts/1', 'active', 'default')",
        "SELECT setval('experiments_experiment_id_seq', 1)",
        "INSERT INTO runs (run_uuid, name, experiment_id, artifact_uri, lifecycle_stage, status)"
        " SELECT md5(i::text), 'run ' || i, 1, 's3://mlflow-artifacts/1/' || md5(i::text), 'active', 'FINISHED'"
        f" FROM generate_series(1, {RUNS}) i",
        "INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan)"
        " SELECT 'auc', j / 7.0, 1700000000000 + j, md5(i::text), j, false"
        f" FROM generate_series(1, {RUNS}) i, generate_series(1, {METRICS}) j",
        # Rows of very different sizes, with what COPY must escape: their order must come back.
        "INSERT INTO params (run_uuid, key, value) SELECT md5(i::text), 'p' || j,"
        " E'a\\tb\\nc\\\\' || repeat('x', (i * j * 37) % 3000)"
        f" FROM generate_series(1, {RUNS}) i, generate_series(1, 10) j",
    )
    for statement in statements:
        server.ask(statement, user="mlflow", database="template_mlflow")


def fresh(
    server: postgresql.Server,
    store: storage.Server,
    programs: Path,
    folder: Path,
    patch: pytest.MonkeyPatch,
    templates: Mapping[str, str],
) -> Recovery:
    """The server with these databases alone (name → its template), a new key, the environment of who looks after it."""
    variables = {
        "PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PGUSER": "postgres",
        "PATH": f"{programs}:{os.environ['PATH']}",
    }  # fmt: skip
    for name, value in variables.items():
        patch.setenv(name, value)
    for (name,) in server.ask("SELECT datname FROM pg_database WHERE NOT datname ~ '^(template|postgres)'"):
        server.ask(f"DROP DATABASE {name} WITH (FORCE)")
    for name, template in templates.items():
        server.ask(f"CREATE DATABASE {name} TEMPLATE template_{template} OWNER {OWNERS[name]}")
        server.ask(f"GRANT CONNECT ON DATABASE {name} TO backup")
    secret, public = new_key()
    key = folder / "backup.key"
    key.write_text(f"# made by a test\n{secret}\n")
    return Recovery(server, store, key, public)


@pytest.fixture
def recovery(
    recovery_server: postgresql.Server,
    postgres_programs: Path,
    store: storage.Server,
    trained: list[Trained],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Recovery:
    """Databases as of new, a champion whose files are in the store, and the environment of the job that backs up."""
    found = fresh(recovery_server, store, postgres_programs, tmp_path, monkeypatch, {name: name for name in DATABASES})
    monkeypatch.setenv("MLOPS_BACKUP_RECIPIENTS", found.recipient)
    model = trained[-1]
    for path in model.folder.iterdir():
        found.put(f"1/models/m-1/artifacts/{ARTIFACT_PATH}/{path.name}", path.read_bytes())
    found.put("1/models/m-1/artifacts/MLmodel", b"flavors: {}\n")
    found.put("audit/1.json", b'{"seq": 1}', "audit")
    for statement in (
        "INSERT INTO registered_models (workspace, name) VALUES ('default', 'churn-classifier')",
        "INSERT INTO model_versions (workspace, name, version, source, storage_location, run_id, current_stage, status)"
        f" VALUES ('default', 'churn-classifier', 1, 'models:/m-1', '{SOURCE}', md5('1'), 'None', 'READY')",
        "INSERT INTO model_version_tags (workspace, name, version, key, value)"
        f" VALUES ('default', 'churn-classifier', 1, 'mlops.bundle_sha256', '{model.digest}')",
        "INSERT INTO registered_model_aliases (workspace, name, alias, version)"
        " VALUES ('default', 'churn-classifier', 'champion', 1)",
    ):
        found.ask(statement)
    return found
