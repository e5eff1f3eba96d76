from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs.bundle.prediction import Prediction
from jobs.bundle.scorer import Scorer
from jobs.datasets.table import Table
from jobs.serving.body import Refusal, predict_body

ROWS = 5
json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def refusal(scorer: Scorer, body: bytes) -> Refusal:
    with pytest.raises(Refusal) as refused:
        predict_body(scorer, body, ROWS)
    json.dumps(refused.value.as_dict(), allow_nan=False)
    return refused.value


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"", 400, "not valid JSON"),
        (b"{", 400, "not valid JSON"),
        (b"\xff", 400, "not valid JSON"),
        (b'{"records": [{"tenure": NaN}]}', 400, "NaN is not JSON"),
        (b"[" * 100_000, 400, "not valid JSON"),
        (b'{"records": [' + b"1" * 5000 + b"]}", 400, "not valid JSON"),
        (b"3", 400, "neither records nor columns"),
        (b"{}", 400, "neither records nor columns"),
        (b'{"records": [], "columns": {}}', 400, "neither records nor columns"),
        (b'{"records": []}', 400, "no rows"),
        (b'{"records": {}}', 400, "records is not a list"),
        (b'{"records": [3]}', 400, "the row is not an object"),
        (b'{"records": [{}, {}, {}, {}, {}, {}]}', 413, "too many rows"),
        (b'{"columns": []}', 400, "columns is not an object"),
        (b'{"columns": {}}', 422, "the field is missing"),
    ],
)
def test_a_body_of_another_shape_is_refused(scorer: Scorer, body: bytes, status: int, words: str) -> None:
    refused = refusal(scorer, body)
    assert refused.status == status
    assert words in refused.problem


def test_a_wrong_value_is_refused_with_field_row_and_rule(scorer: Scorer, telco: Table) -> None:
    records = telco.records(range(3))
    records[1]["tenure"] = "many"
    error = refusal(scorer, json.dumps({"records": records}).encode()).as_dict()["error"]
    assert (error["field"], error["row"], error["given"]) == ("tenure", 2, "many")
    assert error["allowed"] == "a number within ±3.4e38"


def test_columns_of_different_lengths_are_refused(scorer: Scorer, telco: Table) -> None:
    columns: dict[str, Any] = {name: [value] for name, value in telco.record(0).items()}
    columns["tenure"] = [1, 2]
    assert "different lengths" in refusal(scorer, json.dumps({"columns": columns}).encode()).problem


def test_records_and_columns_give_the_same_predictions(scorer: Scorer, telco: Table) -> None:
    records = telco.records(range(5))
    columns = {name: [record[name] for record in records] for name in records[0]}
    by_rows = predict_body(scorer, json.dumps({"records": records}).encode(), ROWS)
    assert predict_body(scorer, json.dumps({"columns": columns}).encode(), ROWS) == by_rows
    assert len({prediction.probability for prediction in by_rows}) == 5


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(field=st.integers(0, 18), value=json_values, extra=json_values)
def test_whatever_a_field_holds_the_answer_is_a_prediction_or_a_refusal(
    scorer: Scorer, telco: Table, field: int, value: Any, extra: Any
) -> None:
    record = telco.record(0)
    record[list(record)[field]] = value
    outcome: Refusal | list[Prediction]
    try:
        outcome = predict_body(scorer, json.dumps({"records": [{**record, "extra": extra}]}).encode(), ROWS)
    except Refusal as refused:
        outcome = refused
    if isinstance(outcome, Refusal):
        assert outcome.status in (400, 422)
        assert json.dumps(outcome.as_dict())
    else:
        assert 0 <= outcome[0].probability <= 1
