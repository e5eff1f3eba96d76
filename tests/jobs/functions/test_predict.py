"""The function that predicts, without Lambda."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from functions.predict.predictor import Predictor
from jobs.datasets.table import Table
from jobs.errors import UnreachableError
from jobs.registry.champion import Champion
from jobs.serving.model import ModelHolder
from jobs.serving.settings import ServingSettings
from jobs.training.experiment import Trained
from tests.jobs.serving.server import Registry
from tests.jobs.support import ROOT

LOADED = """
import sys
import functions.predict.handler
import jobs.store
heavy = {"pandas", "sklearn", "xgboost", "mlflow", "scipy", "pyarrow", "onnx", "uvicorn", "prometheus_client", "typer"}
print(sorted(heavy & set(sys.modules)))
"""


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Function:
    """A predictor with its parts within reach."""

    def __init__(self) -> None:
        self.registry, self.clock = Registry(), Clock()
        holder = ModelHolder(self.registry, "churn-classifier", "champion", lambda _: None)
        self.predictor = Predictor(ServingSettings(max_body_bytes=4096, max_rows=5), holder, self.clock)

    def post(self, body: Any, **changes: Any) -> tuple[int, Any]:
        event = {
            "version": "2.0", "routeKey": "POST /predict", "rawPath": "/predict",
            "headers": {"content-type": "application/json"}, "body": body, "isBase64Encoded": False,
            "requestContext": {"http": {"method": "POST", "path": "/predict"}}, **changes,
        }  # fmt: skip
        answer = self.predictor.answer(event)
        assert answer["headers"] == {"content-type": "application/json"}
        return answer["statusCode"], json.loads(answer["body"])


@pytest.fixture
def function(trained: list[Trained], tmp_path: Path) -> Function:
    function = Function()
    function.registry.name(trained[0], "1", tmp_path)
    function.predictor.follow()
    return function


def test_a_request_of_the_http_api_gets_the_model_servers_answer(function: Function, telco: Table) -> None:
    status, answer = function.post(json.dumps({"records": telco.records(range(2))}))
    assert (status, answer["version"], len(answer["predictions"])) == (200, "1", 2)


def test_a_body_in_base64_is_the_same_body(function: Function, telco: Table) -> None:
    body = json.dumps({"records": telco.records(range(2))})
    encoded = base64.b64encode(body.encode()).decode()
    assert function.post(encoded, isBase64Encoded=True) == function.post(body)


def test_a_direct_call_gives_the_body_and_gets_the_answer(function: Function, telco: Table) -> None:
    body = {"records": telco.records(range(2))}
    assert function.predictor.answer(body) == function.post(json.dumps(body))[1]


@pytest.mark.parametrize(
    ("body", "changes", "status"),
    [
        ("{", {}, 400),
        (None, {}, 400),
        ("!", {"isBase64Encoded": True}, 400),
        ('{"records": [{}]}', {}, 422),
        (json.dumps({"records": [{}] * 6}), {}, 413),
        (json.dumps({"records": [{"x": "y" * 5000}]}), {}, 413),
        ("{}", {"headers": {"content-type": "text/csv"}}, 415),
        ("{}", {"headers": None}, 415),
    ],
)
def test_a_bad_request_gets_its_own_4xx(function: Function, body: Any, changes: dict[str, Any], status: int) -> None:
    got, answer = function.post(body, **changes)
    assert got == status
    assert answer["error"]["message"]


@pytest.mark.parametrize(
    ("event", "status"),
    [
        ({}, 400),
        (None, 400),
        ([1], 400),
        ({"requestContext": None}, 400),
        ({"records": [{}]}, 422),
        ({"records": [{"tenure": float("nan")}]}, 400),
        ({"records": [{"x": "y" * 5000}]}, 413),
    ],
)
def test_a_direct_call_that_is_refused_is_no_failure_of_the_function(
    function: Function, event: object, status: int
) -> None:
    answer = function.predictor.answer(event)
    assert answer["status"] == status
    assert answer["error"]["message"]


def test_without_a_model_http_says_503_and_a_direct_call_fails_so_that_it_is_tried_again(telco: Table) -> None:
    function = Function()
    body = {"records": telco.records(range(1))}
    status, answer = function.post(json.dumps(body))
    assert status == 503
    assert "churn-classifier@champion" in answer["error"]["given"]
    with pytest.raises(UnreachableError, match="no verified model"):
        function.predictor.answer(body)


def test_a_new_champion_is_served_when_it_is_time_to_look_and_no_sooner(
    function: Function, trained: list[Trained], tmp_path: Path, telco: Table
) -> None:
    body = {"records": telco.records(range(1))}
    function.registry.name(trained[1], "2", tmp_path)
    assert function.predictor.answer(body)["version"] == "1"
    function.clock.now += 10
    assert function.predictor.answer(body)["version"] == "2"


def test_a_champion_with_another_digest_is_refused_and_the_old_one_stays(
    function: Function, trained: list[Trained], tmp_path: Path, telco: Table
) -> None:
    champion = function.registry.name(trained[1], "2", tmp_path)
    function.registry.champion = Champion(champion.model, "2", trained[0].digest, champion.location)
    function.clock.now += 10
    assert function.predictor.answer({"records": telco.records(range(1))})["version"] == "1"


def test_the_handler_imports_no_pandas_scikit_learn_xgboost_or_mlflow() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MLFLOW_TRACKING_URI": "http://127.0.0.1:1"}
    done = subprocess.run([sys.executable, "-c", LOADED], env=environment, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]", done.stdout + done.stderr
