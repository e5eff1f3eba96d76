"""Where MLflow's password comes from."""

from __future__ import annotations

import boto3
import pytest
from moto import mock_aws

from jobs.errors import ConfigError
from jobs.settings import TrackingSettings


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
