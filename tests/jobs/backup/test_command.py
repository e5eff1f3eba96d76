from __future__ import annotations

import os
from pathlib import Path

import boto3
import pytest

from tests.jobs.support import example
from tests.support.postgres import Server


@pytest.mark.usefixtures("store")
def test_the_example_dumps_every_database_into_the_store(
    postgres: Server, postgres_programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("mlflow", "mlflow_auth", "studies"):
        postgres.ask(f"create database {name}")
    for variable, value in (("PGHOST", "127.0.0.1"), ("PGPORT", str(postgres.port)), ("PGUSER", "postgres")):
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("PATH", f"{postgres_programs}:{os.environ['PATH']}")

    said = example("backup database")

    assert said.code == 0, said.err
    listed = boto3.client("s3").list_objects_v2(Bucket="backups", Prefix="database/")["Contents"]
    names = {item["Key"].rsplit("/")[-1] for item in listed}
    assert names == {"mlflow.dump", "mlflow_auth.dump", "studies.dump", "manifest.json"}
