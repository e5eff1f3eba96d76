"""Cache, batches, metrics: what settings turn on and off."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from jobs.bundle.prediction import Prediction
from jobs.datasets.table import Table
from jobs.serving.batch import Batch
from jobs.serving.body import predict_rows
from jobs.serving.cache import MAX_BODY_BYTES
from jobs.training.experiment import Trained
from tests.jobs.serving.server import Server

Make = Callable[..., Server]


def body(telco: Table, *rows: int) -> bytes:
    return json.dumps({"records": telco.records(np.array(rows))}).encode()


def predict(server: Server, content: bytes) -> Any:
    answer = server.request("POST", "/predict", content=content, headers={"content-type": "application/json"})
    return answer.json()


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Rows of each scoring."""
    calls: list[int] = []

    def counting(scorer: Any, rows: Any) -> list[Prediction]:
        calls.append(len(rows))
        return predict_rows(scorer, rows)

    monkeypatch.setattr("jobs.serving.app.predict_rows", counting)
    monkeypatch.setattr("jobs.serving.batch.predict_rows", counting)
    return calls


def samples(server: Server) -> dict[str, float]:
    text = server.request("GET", "/metrics").text
    return {
        sample.name + "".join(f" {name}={value}" for name, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_without_a_cache_a_body_is_scored_each_time(ready: Server, telco: Table, counted: list[int]) -> None:
    answers = [predict(ready, body(telco, 0)) for _ in range(2)]
    assert counted == [1, 1]
    assert answers[0] == answers[1]


def test_the_cache_gives_the_answers_asked_for_last_and_no_others(make: Make, telco: Table, counted: list[int]) -> None:
    server = make(cache_size=2)
    first = predict(server, body(telco, 0))
    assert predict(server, body(telco, 0)) == first
    for row in (1, 2):
        predict(server, body(telco, row))
    assert counted == [1, 1, 1]
    predict(server, body(telco, 0))
    assert counted == [1, 1, 1, 1]
    found = samples(server)
    assert (found["mlops_cache_hits_total"], found["mlops_cache_misses_total"]) == (1, 4)
    # An answer from the cache is an answer.
    assert found["mlops_prediction_probability_count"] == found["mlops_predicted_rows_total"] == 5


def test_a_new_model_does_not_give_the_old_ones_answers(
    make: Make, telco: Table, trained: list[Trained], tmp_path: Path
) -> None:
    server = make(cache_size=100)
    old = predict(server, body(telco, 0))
    server.registry.name(trained[1], "2", tmp_path)
    assert server.holder.refresh()
    new = predict(server, body(telco, 0))
    assert (old["version"], new["version"]) == ("1", "2")
    assert old["predictions"] != new["predictions"]


def test_large_bodies_and_refusals_are_not_kept(make: Make, telco: Table, counted: list[int]) -> None:
    server = make(cache_size=100)
    large = body(telco, *range(20))
    assert len(large) > MAX_BODY_BYTES
    for _ in range(2):
        predict(server, large)
        predict(server, b'{"records": [{}]}')
    assert counted == [20, 1, 20, 1]


def test_requests_that_come_together_are_scored_together_and_each_gets_its_own_answer(
    make: Make, telco: Table, counted: list[int]
) -> None:
    server, alone = make(batch_size=4), make()
    # Their number ends the wait, however slowly they come.
    server.app._batch = Batch(4, 3_600_000)
    with ThreadPoolExecutor(4) as clients:
        answers = list(clients.map(lambda row: predict(server, body(telco, row)), range(4)))
    assert counted == [4]
    assert answers == [predict(alone, body(telco, row)) for row in range(4)]


def test_a_request_that_comes_alone_waits_no_longer_than_it_is_told_to(
    make: Make, telco: Table, counted: list[int]
) -> None:
    assert len(predict(make(batch_size=4, batch_milliseconds=1), body(telco, 0, 1))["predictions"]) == 2
    assert counted == [2]


def test_who_sends_a_wrong_row_is_refused_and_those_beside_are_answered(make: Make, telco: Table) -> None:
    server = make(batch_size=3, batch_milliseconds=1000)
    wrong = json.dumps({"records": [{**telco.record(1), "tenure": "many"}]}).encode()
    with ThreadPoolExecutor(3) as clients:
        first, refused, last = clients.map(lambda one: predict(server, one), (body(telco, 0), wrong, body(telco, 2)))
    assert refused["error"]["field"] == "tenure"
    assert refused["error"]["row"] == 1
    assert len(first["predictions"]) == len(last["predictions"]) == 1


def test_probabilities_are_counted_in_twenty_equal_bins(ready: Server, telco: Table) -> None:
    answer = predict(ready, body(telco, *range(40)))
    expected = [one["probability"] for one in answer["predictions"]]
    found = samples(ready)
    for place in range(1, 21):
        at_most = found[f"mlops_prediction_probability_bucket le={place / 20}"]
        assert at_most == sum(one <= place / 20 for one in expected)
    assert found["mlops_prediction_probability_sum"] == pytest.approx(sum(expected))
    assert found["mlops_prediction_probability_bucket le=+Inf"] == 40


def test_metrics_can_be_off(make: Make) -> None:
    assert make(metrics=False).request("GET", "/metrics").status_code == 404


def test_open_connections_are_counted(ready: Server) -> None:
    held = [ready.connect() for _ in range(3)]
    while ready.on_loop(lambda: len(ready.hub.connections)) < 3:
        pass
    ready.on_loop(ready.hub.tick)
    assert samples(ready)["mlops_connections"] == 3
    for one in held:
        one.close()
