from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from jobs.datasets.table import Table
from jobs.registry.champion import Champion
from jobs.training.experiment import Trained
from tests.jobs.serving.server import Server


def test_without_a_champion_the_server_is_alive_and_not_ready_and_says_why(server: Server) -> None:
    server.holder.refresh()
    assert server.request("GET", "/health").status_code == 200
    ready = server.request("GET", "/ready")
    assert ready.status_code == 503
    assert "churn-classifier@champion" in ready.text
    refused = server.request("POST", "/predict", json={"records": [{}]})
    assert refused.status_code == 503
    assert "mlops_model_loaded 0.0" in server.request("GET", "/metrics").text


def test_a_verified_champion_is_served_with_its_version(ready: Server, trained: list[Trained], telco: Table) -> None:
    assert ready.request("GET", "/ready").json() == {"status": "ready", "model": "churn-classifier", "version": "1"}
    assert ready.request("GET", "/version").json()["digest"] == trained[0].digest
    answer = ready.request("POST", "/predict", json={"records": telco.records(range(2))}).json()
    assert (answer["model"], answer["version"], len(answer["predictions"])) == ("churn-classifier", "1", 2)
    assert {prediction["label"] for prediction in answer["predictions"]} <= {"Yes", "No"}
    text = ready.request("GET", "/metrics").text
    assert f'mlops_model_info{{digest="{trained[0].digest}",model="churn-classifier",version="1"}} 1.0' in text
    assert 'mlops_requests_total{route="/predict",status="200"} 1.0' in text
    for bound in ("0.1", "0.2"):
        assert f'mlops_request_seconds_bucket{{le="{bound}",route="/predict"}} 1.0' in text
    assert "mlops_champion_refused 0.0" in text


def test_a_new_champion_replaces_the_old_one(ready: Server, trained: list[Trained], tmp_path: Path) -> None:
    ready.registry.name(trained[1], "2", tmp_path)
    assert ready.holder.refresh()
    assert ready.request("GET", "/version").json()["version"] == "2"
    text = ready.request("GET", "/metrics").text
    assert text.count("mlops_model_info{") == 1
    assert not ready.holder.refresh()


def test_a_bad_champion_is_refused_and_the_old_one_stays(ready: Server, trained: list[Trained], tmp_path: Path) -> None:
    champion = ready.registry.name(trained[1], "2", tmp_path)
    for bad in (
        Champion(champion.model, "2", trained[0].digest, champion.location),
        Champion(champion.model, "2", "", champion.location),
        Champion(champion.model, "2", champion.digest, str(tmp_path / "nowhere")),
    ):
        ready.registry.champion = bad
        assert not ready.holder.refresh()
        said = ready.request("GET", "/ready")
        assert (said.status_code, said.json()["version"]) == (200, "1")
        assert said.json()["problem"]
        assert "mlops_champion_refused 1.0" in ready.request("GET", "/metrics").text
    ready.registry.champion = champion
    assert ready.holder.refresh()
    assert "mlops_champion_refused 0.0" in ready.request("GET", "/metrics").text


def test_an_alias_that_is_gone_leaves_the_old_model_serving(ready: Server) -> None:
    ready.registry.champion = None
    assert not ready.holder.refresh()
    assert ready.request("GET", "/ready").status_code == 200
    assert "mlops_champion_refused 0.0" in ready.request("GET", "/metrics").text


def test_no_request_fails_while_champions_are_swapped(
    ready: Server, trained: list[Trained], tmp_path: Path, telco: Table
) -> None:
    """Every answer belongs wholly to one version: its number and its probability."""
    body = {"records": telco.records(range(1))}
    first, second = (ready.registry.name(one, str(number), tmp_path) for number, one in enumerate(trained, 1))
    ended = threading.Event()

    def drive() -> set[tuple[str, float]]:
        seen: set[tuple[str, float]] = set()
        with httpx.Client(base_url=ready.url) as client:
            while not ended.is_set():
                answer = client.post("/predict", json=body)
                assert answer.status_code == 200
                data = answer.json()
                seen.add((data["version"], data["predictions"][0]["probability"]))
        return seen

    with ThreadPoolExecutor(4) as clients:
        driving = [clients.submit(drive) for _ in range(4)]
        for turn in range(10):
            ready.registry.champion = (second, first)[turn % 2]
            assert ready.holder.refresh()
        ended.set()
        seen = set().union(*(one.result(30) for one in driving))
    assert {version for version, _ in seen} == {"1", "2"}
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("GET", "/nothing", {}, 404),
        ("GET", "/predict", {}, 405),
        ("POST", "/health", {}, 405),
        ("DELETE", "/predict", {}, 405),
        ("POST", "/predict", {"content": b"a,b", "headers": {"content-type": "text/csv"}}, 415),
        ("POST", "/predict", {"content": b"{}"}, 415),
        ("POST", "/predict", {"content": b"{", "headers": {"content-type": "application/json; charset=utf-8"}}, 400),
        ("POST", "/predict", {"json": {"records": [{}] * 51}}, 413),
        ("POST", "/predict", {"json": {"records": [{}]}}, 422),
        ("POST", "/predict", {"json": {"records": [{"x": "y" * 70_000}]}}, 413),
    ],
)
def test_a_bad_request_gets_its_own_4xx_as_json(
    ready: Server, method: str, path: str, options: dict[str, Any], status: int
) -> None:
    answer = ready.request(method, path, **options)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]
    if status == 405:
        assert answer.headers["allow"] in ("GET", "POST")


def test_a_body_without_length_is_cut_off_at_the_limit(ready: Server) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(64):
            yield b" " * 8192

    answer = ready.request("POST", "/predict", content=endless(), headers={"content-type": "application/json"})
    assert answer.status_code == 413
    assert answer.json()["error"]["allowed"] == "at most 65536 bytes"
