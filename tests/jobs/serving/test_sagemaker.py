"""The server answers SageMaker's contract."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs.bundle.scorer import Scorer
from jobs.datasets.table import Table
from jobs.registry.champion import Champion, ChampionReader, NoChampionError
from jobs.serving.body import Refusal
from jobs.serving.csv_body import csv_records
from jobs.settings import TrackingSettings
from jobs.training.experiment import Trained
from tests.jobs.serving.server import Server


def text(rows: Sequence[dict[str, Any]], *, header: bool) -> bytes:
    lines = io.StringIO()
    writer = csv.DictWriter(lines, list(rows[0]))
    if header:
        writer.writeheader()
    writer.writerows(rows)
    return lines.getvalue().encode()


def ordered(scorer: Scorer, telco: Table, rows: int) -> list[dict[str, Any]]:
    return [{name: record[name] for name in scorer.manifest.features.names} for record in telco.records(range(rows))]


def test_ping_says_well_once_a_verified_model_is_loaded(ready: Server) -> None:
    assert ready.request("GET", "/ping").status_code == 200


def test_ping_says_not_well_until_the_registry_has_answered(server: Server) -> None:
    assert server.request("GET", "/ping").status_code == 503


def test_ping_says_well_when_there_is_no_champion_and_not_well_when_it_cannot_be_loaded(
    server: Server, trained: list[Trained], tmp_path: Path
) -> None:
    server.holder.refresh()
    assert server.request("GET", "/ping").status_code == 200
    assert server.request("POST", "/invocations", json={"records": [{}]}).status_code == 503
    champion = server.registry.name(trained[0], "1", tmp_path)
    server.registry.champion = Champion(champion.model, "1", "0" * 64, champion.location)
    server.holder.refresh()
    assert server.request("GET", "/ping").status_code == 503


def test_rows_as_json_and_as_csv_get_the_same_predictions(ready: Server, scorer: Scorer, telco: Table) -> None:
    rows = ordered(scorer, telco, 20)
    as_json = ready.request("POST", "/invocations", json={"records": rows})
    assert as_json.json() == ready.request("POST", "/predict", json={"records": rows}).json()
    for header in (True, False):
        answer = ready.request(
            "POST",
            "/invocations",
            content=text(rows, header=header),
            headers={"content-type": "text/csv; charset=utf-8"},
        )
        assert answer.json() == as_json.json()


def test_who_accepts_csv_gets_a_line_for_each_row(ready: Server, scorer: Scorer, telco: Table) -> None:
    rows = ordered(scorer, telco, 3)
    expected = ready.request("POST", "/predict", json={"records": rows}).json()["predictions"]
    answer = ready.request("POST", "/invocations", json={"records": rows}, headers={"accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv"
    got = [(float(probability), label) for probability, label in csv.reader(answer.text.splitlines())]
    assert got == [(one["probability"], one["label"]) for one in expected]


def test_predict_takes_no_csv_and_gives_none(ready: Server, telco: Table) -> None:
    body = {"records": telco.records(range(1))}
    assert ready.request("POST", "/predict", json=body, headers={"accept": "text/csv"}).json()["version"] == "1"
    refused = ready.request("POST", "/invocations", content=b"{}", headers={"content-type": "application/x-npy"})
    assert refused.status_code == 415
    assert refused.json()["error"]["allowed"] == "application/json or text/csv"


def test_an_empty_cell_is_a_missing_value_and_a_number_is_a_number(scorer: Scorer, telco: Table) -> None:
    rows = ordered(scorer, telco, 1)
    rows[0] |= {"total_charges": "", "contract": ""}
    (record,) = csv_records(scorer.manifest.features, text(rows, header=True), 5)
    assert (record["total_charges"], record["contract"], record["tenure"]) == (None, None, float(rows[0]["tenure"]))


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        (lambda _: b"", 400, "no rows"),
        (lambda body: body.splitlines()[0], 400, "no rows"),
        (lambda body: b"\xff\xfe" + body, 400, "not valid CSV"),
        (lambda body: body + b'"open', 400, "not valid CSV"),
        (lambda body: body + b"1,2\r\n", 400, "another number of cells"),
        (lambda body: body.replace(b"tenure", b"tenure,tenure", 1), 400, "twice"),
        (lambda body: body + body.split(b"\r\n", 1)[1] * 5, 413, "too many rows"),
    ],
)
def test_a_body_that_is_no_such_csv_is_refused(
    scorer: Scorer, telco: Table, change: Any, status: int, words: str
) -> None:
    body = change(text(ordered(scorer, telco, 1), header=True))
    with pytest.raises(Refusal, match=words) as refused:
        csv_records(scorer.manifest.features, body, 5)
    assert refused.value.status == status


def test_a_cell_that_is_no_number_is_refused_with_field_row_and_rule(
    ready: Server, scorer: Scorer, telco: Table
) -> None:
    rows = ordered(scorer, telco, 2)
    for wrong in ("many", "1_000", "inf"):
        rows[1]["tenure"] = wrong
        answer = ready.request(
            "POST", "/invocations", content=text(rows, header=True), headers={"content-type": "text/csv"}
        )
        assert answer.status_code == 422
        error = answer.json()["error"]
        assert (error["field"], error["row"]) == ("tenure", 2)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_whatever_the_bytes_are_they_become_rows_or_a_refusal(scorer: Scorer, body: bytes) -> None:
    outcome: int | Refusal
    try:
        outcome = len(csv_records(scorer.manifest.features, body, 5))
    except Refusal as refused:
        outcome = refused
    if isinstance(outcome, Refusal):
        assert outcome.status in (400, 413)
    else:
        assert 1 <= outcome <= 5


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize(("model", "alias"), [("churn-classifier", "nobody"), ("no-such-model", "champion")])
def test_a_real_registry_that_knows_no_such_alias_or_model_is_told_from_one_that_fails(
    mlflow_server: str, model: str, alias: str
) -> None:
    with pytest.raises(NoChampionError):
        ChampionReader(TrackingSettings(uri=mlflow_server)).read(model, alias)
