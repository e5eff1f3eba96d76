from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.features.encoder import Encoder
from jobs.features.row import FLOAT32_MAX, EncodingError
from jobs.features.spec import CategoricalFeature, FeatureSpec, NumericFeature

SPEC = FeatureSpec(
    (
        NumericFeature("age"),
        CategoricalFeature("plan", ("a", "b", "c")),
        NumericFeature("spent", nullable=True),
        CategoricalFeature("town", ("x", "ÿ"), nullable=True),
    )
)
ENCODER = Encoder(SPEC)

numbers = st.floats(-FLOAT32_MAX, FLOAT32_MAX) | st.integers(-(2**60), 2**60)
rows = st.lists(
    st.fixed_dictionaries(
        {
            "age": numbers,
            "plan": st.sampled_from(["a", "b", "c"]) | st.text(),
            "spent": numbers | st.none() | st.just(math.nan),
            "town": st.sampled_from(["x", "ÿ"]) | st.text() | st.none(),
        }
    ),
    max_size=20,
)


def columns_of(records: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [record[name] for record in records] for name in SPEC.names}


@given(rows)
def test_rows_and_columns_give_the_same_matrix(records: list[dict[str, Any]]) -> None:
    np.testing.assert_array_equal(ENCODER.records(records), ENCODER.columns(columns_of(records)))


@given(rows)
def test_a_batch_is_its_rows_one_by_one(records: list[dict[str, Any]]) -> None:
    alone = [ENCODER.records([record])[0] for record in records]
    np.testing.assert_array_equal(
        ENCODER.records(records), np.array(alone, dtype=np.float32).reshape(-1, len(SPEC.columns))
    )


@given(rows)
def test_a_category_sets_its_own_column_and_an_unknown_one_sets_none(records: list[dict[str, Any]]) -> None:
    matrix = ENCODER.records(records)
    for record, row in zip(records, matrix, strict=True):
        expected = [float(record["plan"] == category) for category in ("a", "b", "c")]
        assert row[1:4].tolist() == expected


@given(rows)
def test_a_number_is_its_float32_and_a_missing_one_is_nan(records: list[dict[str, Any]]) -> None:
    for record, row in zip(records, ENCODER.records(records), strict=True):
        assert row[0] == np.float32(record["age"])
        missing = record["spent"] is None or record["spent"] != record["spent"]
        assert np.isnan(row[4]) if missing else row[4] == np.float32(record["spent"])


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("age", "12", "the value is not a number"),
        ("age", True, "the value is not a number"),
        ("age", [1], "the value is not a number"),
        ("age", None, "the value is missing"),
        ("age", math.nan, "the value is missing"),
        ("age", math.inf, "the number is out of range"),
        ("age", 10**400, "the number is out of range"),
        ("age", 1e39, "the number is out of range"),
        ("plan", 3, "the value is not text"),
        ("plan", None, "the value is missing"),
        ("town", {"x": 1}, "the value is not text"),
    ],
)
def test_a_value_that_is_not_allowed_is_refused_with_row_field_and_rule(
    field: str, value: object, problem: str
) -> None:
    good: dict[str, Any] = {"age": 1, "plan": "a", "spent": None, "town": None}
    bad = {**good, field: value}
    for by_rows in (True, False):
        with pytest.raises(EncodingError) as refused:
            ENCODER.records([good, bad]) if by_rows else ENCODER.columns(columns_of([good, bad]))
        assert (refused.value.row, refused.value.field, refused.value.problem) == (2, field, problem)
        assert refused.value.allowed


def test_a_field_that_is_missing_is_refused_with_every_field_that_is_needed() -> None:
    with pytest.raises(EncodingError, match=r"'plan': the field is missing.*'age', 'plan', 'spent', 'town'"):
        ENCODER.records([{"age": 1, "spent": 2, "town": "x"}])


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        ENCODER.columns({"age": [1, 2], "plan": ["a"], "spent": [1], "town": ["x"]})


def test_other_fields_are_ignored() -> None:
    row = {"age": 1, "plan": "a", "spent": 2, "town": "x"}
    np.testing.assert_array_equal(ENCODER.records([{**row, "id": object()}]), ENCODER.records([row]))


def test_a_specification_survives_json() -> None:
    assert FeatureSpec.from_json(SPEC.to_json()) == SPEC


def test_numpy_columns_are_encoded_as_lists_are() -> None:
    records = [
        {"age": 1.5, "plan": "b", "spent": math.nan, "town": "x"},
        {"age": 2.0, "plan": "q", "spent": 3.0, "town": "ÿ"},
    ]
    as_lists = columns_of(records)
    as_arrays = {name: np.array(values) for name, values in as_lists.items()}
    as_arrays["plan"], as_arrays["town"] = (np.array(as_lists[name], dtype=object) for name in ("plan", "town"))
    np.testing.assert_array_equal(ENCODER.columns(as_arrays), ENCODER.columns(as_lists))
