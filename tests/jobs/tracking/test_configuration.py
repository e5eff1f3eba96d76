"""Claims about what the tracking image reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlflow import environment_variables
from mlflow.server import constants

from jobs.tracking import configuration
from jobs.tracking.configuration import Configuration, ConfigurationError


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MLOPS_TRACKING_SECRETS", str(tmp_path))
    monkeypatch.setenv("MLOPS_TRACKING_ARTIFACT_ROOT", "s3://mlflow-artifacts/root")
    for name in ("backend-uri", "auth-uri", "secret-key"):
        (tmp_path / name).write_text(f"the {name}\n")
    return tmp_path


def test_the_names_we_set_for_mlflow_are_those_it_reads() -> None:
    assert constants.BACKEND_STORE_URI_ENV_VAR == configuration.BACKEND_STORE
    assert constants.REGISTRY_STORE_URI_ENV_VAR == configuration.REGISTRY_STORE
    assert constants.ARTIFACT_ROOT_ENV_VAR == configuration.ARTIFACT_ROOT
    assert constants.PROMETHEUS_EXPORTER_ENV_VAR == configuration.METRICS_FOLDER
    assert environment_variables._MLFLOW_SGI_NAME.name == configuration.SERVER_KIND


@pytest.mark.usefixtures("secrets")
def test_every_variable_for_mlflow_is_one_it_knows() -> None:
    known = {variable.name for variable in vars(environment_variables).values() if hasattr(variable, "name")}
    ours = {name for name in Configuration.read().environment() if name.startswith("MLFLOW_")}
    assert ours <= known


@pytest.mark.usefixtures("secrets")
def test_secrets_are_read_from_files_without_their_last_line_break() -> None:
    read = Configuration.read()
    assert (read.backend_uri, read.auth_uri) == ("the backend-uri", "the auth-uri")
    assert read.bucket == "mlflow-artifacts"


def test_a_missing_file_is_named(secrets: Path) -> None:
    (secrets / "auth-uri").unlink()
    with pytest.raises(ConfigurationError, match="auth-uri cannot be read: mount it from the Secret"):
        _ = Configuration.read().auth_uri


def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLOPS_TRACKING_SECRETS", raising=False)
    with pytest.raises(ConfigurationError, match="MLOPS_TRACKING_SECRETS is not set"):
        Configuration.read()


@pytest.mark.usefixtures("secrets")
def test_the_job_runner_of_two_gigabytes_is_off() -> None:
    assert Configuration.read().environment()["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] == "false"
