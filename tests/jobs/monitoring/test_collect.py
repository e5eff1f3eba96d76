"""Inference logs become predictions, each once, however often and in whatever order they are collected."""

from __future__ import annotations

import gzip
import io
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from jobs.bundle.scorer import Scorer
from jobs.datasets.shelf import Shelf, shelf_of
from jobs.datasets.source import source_of
from jobs.datasets.table import Table
from jobs.datasets.validate import validate
from jobs.drift.check import newest
from jobs.errors import DataError
from jobs.monitoring.collect import Collected, collect
from jobs.monitoring.logged import read_object
from jobs.monitoring.predictions import window
from tests.jobs.monitoring.traffic import MODEL, Traffic
from tests.jobs.support import example, mlops

NOON = datetime(2026, 11, 20, 12, 10, tzinfo=UTC)


def run(traffic: Traffic, predictions: Shelf, end: datetime = NOON + timedelta(hours=6), days: int = 2) -> Collected:
    return collect(traffic.shelf, predictions, MODEL, end - timedelta(days=days), end, lambda _: None)


def rows(predictions: Shelf) -> list[dict[str, Any]]:
    found = []
    for key in predictions.list_keys(f"{MODEL}/"):
        if key.endswith(".parquet"):
            found += pq.read_table(io.BytesIO(predictions.read(key))).to_pylist()
    return found


def test_a_prediction_is_one_row_with_model_features_probability_and_label(
    traffic: Traffic, predictions: Shelf, telco: Table, scorer: Scorer
) -> None:
    traffic.send(NOON, {"order-7": [0, 4]})
    assert run(traffic, predictions).rows == 2
    first, second = rows(predictions)
    assert (first["prediction_id"], second["prediction_id"]) == ("order-7/1", "order-7/2")
    assert first["prediction_time"] == NOON
    assert (first["prediction_version"], first["prediction_digest"]) == ("3", "digest-3")
    expected = scorer.predict_records([telco.record(4)])[0]
    assert (second["prediction_probability"], second["prediction_label"]) == (expected.probability, expected.label)
    assert {name: second[name] for name in scorer.manifest.features.names} == telco.record(4)
    assert "card" not in second


def test_every_row_of_the_table_comes_back_as_it_was_sent(traffic: Traffic, predictions: Shelf, telco: Table) -> None:
    traffic.send(NOON, {"records": range(0, 4000)})
    traffic.send(NOON, {"columns": range(4000, telco.rows)}, shape="columns")
    run(traffic, predictions)
    found = {one["prediction_id"]: one for one in rows(predictions)}
    assert len(found) == telco.rows
    for number in range(telco.rows):
        name = f"records/{number + 1}" if number < 4000 else f"columns/{number - 3999}"
        record = telco.record(number)
        assert {field: found[name][field] for field in record} == record


def test_a_second_run_finds_nothing_and_a_late_log_is_added(traffic: Traffic, predictions: Shelf) -> None:
    traffic.send(NOON, {"a": [0]})
    assert run(traffic, predictions).rows == 1
    before = predictions.list_keys()
    again = run(traffic, predictions)
    assert (again.rows, again.objects, again.parts) == (0, 0, [])
    assert predictions.list_keys() == before
    traffic.send(NOON, {"b": [1]})
    assert run(traffic, predictions).rows == 1
    assert [one["prediction_id"] for one in rows(predictions)] in (["a/1", "b/1"], ["b/1", "a/1"])
    assert set(before) < set(predictions.list_keys())


def test_a_request_that_was_sent_again_counts_once(traffic: Traffic, predictions: Shelf) -> None:
    traffic.send(NOON, {"a": [0, 1]})
    run(traffic, predictions)
    traffic.send(NOON, {"a": [0, 1], "b": [2]})
    traffic.send(NOON, {"b": [2]})
    done = run(traffic, predictions)
    assert (done.rows, done.repeated) == (1, 3)
    assert sorted(one["prediction_id"] for one in rows(predictions)) == ["a/1", "a/2", "b/1"]


def test_what_two_runs_at_once_collect_is_there_once(traffic: Traffic, predictions: Shelf) -> None:
    for number in range(5):
        traffic.send(NOON, {f"r{number}": [number]})
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: run(traffic, predictions), range(4)))
    assert sorted(one["prediction_id"] for one in rows(predictions)) == [f"r{number}/1" for number in range(5)]


def test_a_run_that_was_killed_between_part_and_manifest_is_finished_by_the_next(
    traffic: Traffic, predictions: Shelf
) -> None:
    traffic.send(NOON, {"a": [0]})
    run(traffic, predictions)
    (manifest,) = [key for key in predictions.list_keys(MODEL) if key.endswith(".json")]
    predictions.remove(manifest)
    assert run(traffic, predictions).rows == 1
    assert [one["prediction_id"] for one in rows(predictions)] == ["a/1"]
    assert run(traffic, predictions).rows == 0


@pytest.mark.parametrize(
    "content",
    [
        b"no gzip", gzip.compress(b"no json"), gzip.compress(b'{"request": "r"}'), gzip.compress(b"[]"),
        gzip.compress(b'{"model": "m"}'), gzip.compress(b'{"a": 1}')[:12],
        gzip.compress(
            b'{"model":"m","version":"1","digest":"d","labels":["No","Yes"],"features":{"a":"numeric"}}\n'
            b'{"time":"2026-11-20T12:00:00+00:00","request":"r","given":{"records":[{"a":1},{"a":2}]},'
            b'"answer":{"predictions":[{"probability":0.5,"label":"No"}]}}'
        ),
    ],
)  # fmt: skip
def test_an_object_that_is_no_log_is_told_and_the_others_are_read(
    traffic: Traffic, predictions: Shelf, content: bytes
) -> None:
    good = traffic.send(NOON, {"a": [0]})
    bad = good.replace("pod-1", "pod-2")
    traffic.shelf.create(bad, content)
    with pytest.raises(DataError, match="no object of the inference log"):
        read_object(content, bad)
    for _ in range(2):
        done = run(traffic, predictions)
        assert len(done.unreadable) == 1
        assert bad in done.unreadable[0]
    assert [one["prediction_id"] for one in rows(predictions)] == ["a/1"]


def test_only_the_window_and_the_model_asked_for_are_read(traffic: Traffic, predictions: Shelf) -> None:
    traffic.send(NOON - timedelta(days=5), {"old": [0]})
    traffic.send(NOON + timedelta(days=5), {"new": [0]})
    traffic.send(NOON, {"a": [0]})
    traffic.shelf.create(f"other-{MODEL}/2026/11/20/12/x.jsonl.gz", b"never read")
    done = run(traffic, predictions)
    assert (done.rows, done.unreadable) == (1, [])


def test_models_of_other_features_are_collected_together(predictions: Shelf, traffic: Traffic) -> None:
    """In one hour a is a number, then text, then not there, and b is new."""
    text = "\n".join(
        f'{{"model":"m","version":"{number}","digest":"d","labels":["No","Yes"],"features":{json.dumps(kinds)}}}\n'
        f'{{"time":"2026-11-20T12:0{number}:00+00:00","request":"r{number}","given":{{"records":[{json.dumps(given)}]}},'
        f'"answer":{{"predictions":[{{"probability":0.5,"label":"No"}}]}}}}'
        for number, kinds, given in (
            (1, {"a": "numeric"}, {"a": 1.5}),
            (2, {"a": "categorical"}, {"a": "x"}),
            (3, {"b": "numeric"}, {"b": 2}),
        )
    )
    for number in range(3):
        one = "\n".join(text.splitlines()[2 * number : 2 * number + 2])
        traffic.shelf.create(f"{MODEL}/2026/11/20/12/{number}.jsonl.gz", gzip.compress(one.encode()))
    assert run(traffic, predictions).rows == 3
    found = window(predictions, MODEL, NOON - timedelta(days=1), NOON, columns=None)
    assert found["a"].to_pylist() == ["1.5", "x", None]
    assert found["b"].to_pylist() == [None, None, 2.0]


def test_csv_bodies_are_rows_too() -> None:
    text = (
        b'{"model":"m","version":"1","digest":"d","labels":["No","Yes"],"features":{"a":"numeric","b":"categorical"}}\n'
        b'{"time":"2026-11-20T12:00:00+00:00","request":"r","given":"b,a\\nx,1\\n,\\n","answer":"0.5,Yes\\n0.25,No\\n"}\n'
    )
    first, second = read_object(gzip.compress(text), "here")
    assert (first.values, first.probability, first.label) == ((1.0, "x"), 0.5, "Yes")
    assert (second.id, second.values) == ("r/2", (None, None))


@pytest.mark.usefixtures("store")
def test_the_command_collects_from_store_to_store(
    scorer: Scorer, telco: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    traffic = Traffic(shelf_of("s3://inference-logs"), scorer, telco)
    traffic.send(datetime.now(UTC) - timedelta(minutes=2), {"a": [0, 1, 2]})
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    said = example("monitor collect")
    assert (said.code, "3 new predictions" in said.out) == (0, True), said.err
    again = mlops("monitor", "collect", "--json").json
    assert (again["rows"], again["unreadable"]) == (0, [])
    shelf = shelf_of("s3://features/predictions")
    assert len([key for key in shelf.list_keys(f"{MODEL}/") if key.endswith(".parquet")]) == 1


@pytest.mark.usefixtures("store")
def test_the_cron_job_collects_and_measures_and_tells_of_logs_it_could_not_read(
    scorer: Scorer, telco: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    traffic = Traffic(shelf_of("s3://inference-logs"), scorer, telco)
    key = traffic.send(datetime.now(UTC) - timedelta(minutes=2), {"a": [0, 1, 2]})
    said = example("monitor run")
    assert (said.code, "3 new predictions" in said.out, "3 predictions, 0 with" in said.out) == (0, True, True)
    traffic.shelf.create(key.replace("pod-1", "pod-2"), b"broken")
    again = mlops("monitor", "run")
    assert (again.code, "unreadable" in again.out, "3 predictions, 0 with" in again.out) == (1, True, True)


@pytest.mark.usefixtures("store")
def test_what_the_server_saw_in_a_day_is_what_the_drift_check_looks_for(
    scorer: Scorer, telco: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    traffic = Traffic(shelf_of("s3://inference-logs"), scorer, telco)
    now = datetime.now(UTC)
    traffic.send(now - timedelta(minutes=2), {"a": list(range(199))})
    assert "199 predictions of the last day: drift is not judged below 200" in mlops("monitor", "run").out
    assert newest(shelf_of("s3://features")) is None
    traffic.send(now - timedelta(minutes=1), {"b": [200]})
    said = mlops("monitor", "run")
    found = newest(shelf_of("s3://features"))
    assert found
    assert found.startswith(f"s3://features/current/{MODEL}/")
    assert f"{found}: 200 rows" in said.out
    assert validate(source_of(found).read(), telco.schema, found, labelled=False).rows == 200


def test_the_schema_is_that_of_the_shipped_config() -> None:
    known = example("monitor schema").json["properties"]
    assert {"kind", "model", "collect", "performance", "watch", "capacity", "drift", "retraining"} <= known.keys()


def test_a_config_of_another_kind_or_with_a_wrong_key_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("kind: monitoring\nmodel: m\nperformance: {minimum_rows: 1, luck: 2}\n")
    said = mlops("monitor", "collect", "--config", str(wrong))
    assert said.code == 2
    assert "performance.minimum_rows" in said.err
    assert "performance.luck" in said.err
    assert mlops("monitor", "collect", "--config", "configs/churn-experiment.yaml").code == 2
    assert mlops("monitor", "collect", "--config", str(tmp_path / "none.yaml")).code == 2
