"""Where MLflow's password and the database of an instance come from."""

from __future__ import annotations

import json
import os
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from jobs.errors import ConfigError
from jobs.settings import TrackingSettings, use_database


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("MLFLOW_TRACKING_PASSWORD", "MLOPS_TRACKING_PASSWORD_ARN", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://mlflow.test/")
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "serving")
    return monkeypatch


@mock_aws
def test_a_password_that_is_named_by_arn_is_read_in_the_arns_region(environment: pytest.MonkeyPatch) -> None:
    client = boto3.client("secretsmanager", region_name="eu-central-1")
    arn = client.create_secret(Name="tracking-serving", SecretString="s3cret")["ARN"]
    environment.setenv("MLOPS_TRACKING_PASSWORD_ARN", arn)

    assert TrackingSettings.read().auth == ("serving", "s3cret")


@mock_aws
def test_a_secret_that_cannot_be_read_is_named(environment: pytest.MonkeyPatch) -> None:
    arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:gone-AbCdEf"
    environment.setenv("MLOPS_TRACKING_PASSWORD_ARN", arn)

    with pytest.raises(ConfigError) as refused:
        TrackingSettings.read()
    assert arn in str(refused.value.given)


def test_a_password_of_the_environment_wins_and_asks_nobody(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("MLFLOW_TRACKING_PASSWORD", "plain")
    environment.setenv("MLOPS_TRACKING_PASSWORD_ARN", "no ARN at all")

    assert TrackingSettings.read().auth == ("serving", "plain")


def test_without_an_address_the_database_is_the_instances_and_its_superuser(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "instances" / "local"
    folder.mkdir(parents=True)
    outputs = {"databaseHost": "10.0.0.2:30432", "databaseSuperuserPassword": "hidden"}
    (folder / "outputs.json").write_text(json.dumps(outputs))
    monkeypatch.setenv("MLOPS_CACHE", str(tmp_path))
    for name in ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGSSLMODE", "PGSSLROOTCERT"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("PGHOST", "given")
    use_database()
    assert os.environ["PGHOST"] == "given"
    assert os.environ["PGPASSWORD"] == ""
    monkeypatch.setenv("PGHOST", "")
    use_database()
    assert (os.environ["PGHOST"], os.environ["PGPORT"], os.environ["PGUSER"]) == ("10.0.0.2", "30432", "postgres")
    assert (os.environ["PGSSLMODE"], os.environ["PGSSLROOTCERT"]) == ("verify-full", str(folder / "ca.crt"))
