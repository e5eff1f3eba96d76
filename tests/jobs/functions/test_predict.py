"""The function that predicts, without Lambda."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from functions.predict.environment import Environment
from functions.predict.predictor import Predictor
from functions.predict.source import source_of
from jobs.bundle.fetch import fetch_model
from jobs.bundle.row_scorer import load_row_scorer
from jobs.bundle.scorer import load_scorer
from jobs.datasets.table import Table
from jobs.errors import BundleError, ConfigError, UnreachableError
from jobs.registry.champion import Champion
from jobs.serving.function_figures import BINS, FAILURES, FUNCTION, NAMESPACE, REQUESTS, VERSION
from jobs.serving.model import ModelHolder
from jobs.training.experiment import Trained
from tests.jobs.serving.server import Registry
from tests.jobs.support import ROOT

# Everything that is imported by a start and a prediction, and comes neither with Python nor from us.
PREDICTED = """
import json, sys
before = {name.split(".")[0] for name in sys.modules}
from functions.predict.handler import PREDICTOR, handle
answer = handle(json.loads(sys.argv[1]), None)
tops = {name.split(".")[0] for name in sys.modules} - before
foreign = tops - sys.stdlib_module_names - {"jobs", "functions"}
print(json.dumps([answer, sorted(foreign), "http.client" in sys.modules]))
"""


FOLLOWING = {"MLFLOW_TRACKING_URI": "http://127.0.0.1:1", "AWS_LAMBDA_FUNCTION_VERSION": "7"}


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Function:
    """A predictor with its parts within reach."""

    def __init__(self) -> None:
        self.registry, self.clock = Registry(), Clock()
        holder = ModelHolder(
            lambda: self.registry.read("churn-classifier", "champion"), fetch_model, load_row_scorer, lambda _: None
        )
        environment = Environment.read({**FOLLOWING, "MLOPS_MAX_BODY_BYTES": "4096", "MLOPS_MAX_ROWS": "5"})
        self.told: list[dict[str, Any]] = []
        self.predictor = Predictor(environment, holder, self.clock, lambda line: self.told.append(json.loads(line)))

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


def pinned(trained: Trained, folder: Path, digest: str | None = None) -> dict[str, str]:
    return {
        "MLOPS_MODEL_VERSION": "4", "MLOPS_MODEL_DIGEST": trained.digest if digest is None else digest,
        "MLOPS_MODEL_FOLDER": str(folder),
    }  # fmt: skip


def test_a_model_in_the_image_is_predicted_with_by_the_standard_library_alone_and_without_a_registry(
    one_trained: Trained, telco: Table
) -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **pinned(one_trained, one_trained.folder)}
    event = json.dumps({"records": telco.records(range(2))})
    command = [sys.executable, "-c", PREDICTED, event]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    answer, foreign, asked = json.loads(done.stdout.splitlines()[-1]) if done.stdout else ({}, None, None)
    assert (foreign, asked) == ([], False), done.stdout + done.stderr
    assert (answer["version"], len(answer["predictions"])) == ("4", 2)


def test_following_the_registry_needs_no_other_library_either() -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "MLFLOW_TRACKING_URI": "http://127.0.0.1:1"}
    http = {"requestContext": {"http": {}}, "headers": {"content-type": "application/json"}, "body": "{}"}
    command = [sys.executable, "-c", PREDICTED, json.dumps(http)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    answer, foreign, asked = json.loads(done.stdout.splitlines()[-1]) if done.stdout else ({}, None, None)
    assert (foreign, asked) == ([], True), done.stdout + done.stderr
    assert answer["statusCode"] == 503


def test_every_row_of_the_real_table_gets_what_the_model_server_answers(one_trained: Trained, telco: Table) -> None:
    source = source_of(Environment.read(pinned(one_trained, one_trained.folder)))
    records = telco.records(range(telco.rows))
    gaps = [{**record, "total_charges": None} for record in records[:50]]
    unseen = [{**record, "contract": "Five years", "payment_method": "Cowries"} for record in records[:50]]
    everything = [*records, *unseen, *gaps]
    assert source.served
    got = source.served.scorer.predict_records(everything)
    expected = load_scorer(one_trained.folder, one_trained.digest).predict_records(everything)
    assert max(abs(a.probability - b.probability) for a, b in zip(got, expected, strict=True)) <= 1e-6
    assert [one.label for one in got] == [one.label for one in expected]


def test_a_bundle_in_the_image_that_is_not_the_deployed_one_ends_the_start(
    trained: list[Trained], tmp_path: Path
) -> None:
    other = Environment.read(pinned(trained[0], trained[0].folder, trained[1].digest))
    with pytest.raises(BundleError, match="digest"):
        source_of(other)
    changed = tmp_path / "changed"
    shutil.copytree(trained[0].folder, changed)
    (changed / "bundle.json").write_text((changed / "bundle.json").read_text() + " ")
    with pytest.raises(BundleError, match="digest"):
        source_of(Environment.read(pinned(trained[0], changed)))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "MLFLOW_TRACKING_URI=''"),
        ({"MLOPS_MODEL_VERSION": "3"}, "64 hexadecimal digits"),
        ({"MLOPS_MODEL_VERSION": "three", "MLOPS_MODEL_DIGEST": "0" * 64}, "MLOPS_MODEL_VERSION='three': a number"),
        ({**FOLLOWING, "MLOPS_MODEL_DIGEST": "0" * 64}, "none without"),
        ({**FOLLOWING, "MLOPS_POLL_SECONDS": "never"}, "MLOPS_POLL_SECONDS='never'"),
        ({**FOLLOWING, "MLOPS_LOG_LEVEL": "loud"}, "debug or info or warning or error"),
        ({**FOLLOWING, "MLOPS_MODEL_NAME": ""}, "MLOPS_MODEL_NAME=''"),
    ],
)
def test_a_wrong_environment_is_refused_with_variable_value_and_rule(given: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        Environment.read(given)
    assert words in str(refused.value)


def test_a_rollout_is_told_which_model_answers(function: Function, trained: list[Trained]) -> None:
    said = function.predictor.answer({"describe": True})
    assert said == {"model": "churn-classifier", "version": "1", "digest": trained[0].digest}
    assert function.told == []


def test_each_request_is_counted_for_cloudwatch_with_what_was_predicted(function: Function, telco: Table) -> None:
    _, answer = function.post(json.dumps({"records": telco.records(range(3))}))
    function.post("{")
    good, bad = function.told
    about = good["_aws"]["CloudWatchMetrics"][0]
    assert (about["Namespace"], about["Dimensions"]) == (NAMESPACE, [[FUNCTION, VERSION]])
    assert (good[VERSION], good[REQUESTS], good[FAILURES]) == ("7", 1, 0)
    bins = [BINS[int(one["probability"] * 20)] for one in answer["predictions"]]
    assert {name: good[name] for name in set(bins)} == {name: bins.count(name) for name in bins}
    assert {one["Name"] for one in about["Metrics"]} == {REQUESTS, FAILURES, *bins}
    assert (bad[REQUESTS], bad[FAILURES]) == (1, 0)


def test_a_request_that_finds_no_model_is_a_failure_of_ours() -> None:
    function = Function()
    function.post("{}")
    assert [(one[REQUESTS], one[FAILURES]) for one in function.told] == [(1, 1)]
