from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.jobs.support import ROOT, commands, mlops

# What takes long to import, each a tenth of a second and more; the commands that need it import it themselves.
HEAVY = {
    "boto3", "httpx", "kubernetes", "mlflow", "numpy", "onnxruntime", "optuna", "pandas", "psycopg", "pyarrow",
    "pydantic", "sklearn", "sqlalchemy", "xgboost", "yaml",
}  # fmt: skip
OUTPUTS = {
    "trackingUri": "http://10.0.0.2:30500",
    "storeEndpoint": "https://10.0.0.2:30900",
    "artifactBucket": "mlflow-artifacts",
    "trackingAdminPassword": "it's secret",
    "storeAccessKey": "key",
    "storeSecretKey": "hidden",
    "predictFunction": "mlops-prod-predict",
}


def write_outputs(folder: Path, monkeypatch: pytest.MonkeyPatch, outputs: dict[str, str]) -> Path:
    instance = folder / "instances" / "local"
    instance.mkdir(parents=True)
    (instance / "outputs.json").write_text(json.dumps(outputs))
    (instance / "ca.crt").write_text("certificate")
    monkeypatch.setenv("MLOPS_CACHE", str(folder))
    return instance


def test_help_is_fast_because_nothing_heavy_is_imported() -> None:
    command = [sys.executable, "-X", "importtime", "-m", "jobs", "--help"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=True)
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "typer" in imported
    assert imported & HEAVY == set()
    assert "train" in done.stdout


@pytest.mark.parametrize(("name", "text"), commands())
def test_every_command_shows_an_example_of_itself(name: str, text: str) -> None:
    assert "Example:" in text
    assert f"mlops {name}" in text


def test_an_unknown_option_is_a_usage_error() -> None:
    assert mlops("models", "list", "--luck").code == 2


def test_env_prints_what_a_shell_can_evaluate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    instance = write_outputs(tmp_path, monkeypatch, OUTPUTS)
    said = mlops("env")
    shell = subprocess.run(
        ["bash", "-c", f"{said.out}\nenv -0"],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    found = dict(line.split("=", 1) for line in shell.stdout.split("\0") if "=" in line)
    assert found["MLFLOW_TRACKING_PASSWORD"] == "it's secret"
    assert found["MLFLOW_TRACKING_URI"] == found["MLFLOW_TRACKING_URI"].rstrip("/") == OUTPUTS["trackingUri"]
    assert found["AWS_CA_BUNDLE"] == str(instance / "ca.crt")
    assert found["MLFLOW_S3_ENDPOINT_URL"] == OUTPUTS["storeEndpoint"]
    assert found["MLOPS_PREDICT_FUNCTION"] == OUTPUTS["predictFunction"]


def test_the_store_s_region_is_the_stack_s_own_when_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    instance = write_outputs(tmp_path, monkeypatch, OUTPUTS)
    assert "AWS_DEFAULT_REGION=us-east-1" in mlops("env").out
    (instance / "outputs.json").write_text(json.dumps({**OUTPUTS, "storeRegion": "eu-central-1"}))
    assert "AWS_DEFAULT_REGION=eu-central-1" in mlops("env").out


def test_env_without_an_instance_says_what_to_do() -> None:
    said = mlops("env")
    assert (said.code, "make up" in said.err) == (2, True)
