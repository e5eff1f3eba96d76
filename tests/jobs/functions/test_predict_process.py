"""The function behind AWS' own runtime client, against a real registry."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from jobs.datasets.table import Table
from tests.jobs.functions.runtime_api import RuntimeApi, runtime_api
from tests.jobs.support import ROOT, mlops, running

CLIENT = (sys.executable, "-m", "awslambdaric", "functions.predict.handler.handle")


def environment(api: RuntimeApi, tracking: str) -> dict[str, str]:
    return {
        "PYTHONPATH": str(ROOT), "AWS_LAMBDA_RUNTIME_API": api.address, "MLFLOW_TRACKING_URI": tracking,
        "MLOPS_POLL_SECONDS": "0.001", "LAMBDA_TASK_ROOT": str(ROOT), "AWS_LAMBDA_LOG_FORMAT": "JSON",
    }  # fmt: skip


@pytest.fixture
def function(registry: str) -> Iterator[RuntimeApi]:
    with runtime_api() as api, running(*CLIENT, env=environment(api, registry)) as process:
        process.wait_for("model loaded")
        yield api


def test_the_runtime_client_of_aws_runs_the_handler_and_a_new_champion_is_followed(
    function: RuntimeApi, telco: Table
) -> None:
    event = {"records": telco.records(range(3))}
    first = function.invoke(event)
    assert (first.kind, first.body["version"], len(first.body["predictions"])) == ("response", "1", 3)
    assert mlops("models", "promote", "churn-classifier", "--version", "2", "--force", "--reason", "test").code == 0
    second = function.invoke(event)
    assert second.body["version"] == "2"
    assert second.body["predictions"] != first.body["predictions"]


def test_without_a_registry_the_function_starts_and_every_direct_call_is_an_error() -> None:
    with runtime_api() as api, running(*CLIENT, env=environment(api, "http://127.0.0.1:1")):
        outcome = api.invoke({"records": [{}]})
    assert (outcome.kind, outcome.body["errorType"]) == ("error", "UnreachableError")
    assert "the registry does not answer" in outcome.body["errorMessage"]


def test_a_wrong_environment_ends_the_start_with_its_reason() -> None:
    with runtime_api() as api:
        wrong = {**environment(api, "http://127.0.0.1:1"), "MLOPS_POLL_SECONDS": "never"}
        with running(*CLIENT, env=wrong):
            outcome = api.start_failed()
    assert (outcome.kind, outcome.body["errorType"]) == ("init/error", "ConfigError")
    assert "MLOPS_POLL_SECONDS='never'" in outcome.body["errorMessage"]
