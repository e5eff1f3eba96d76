"""A Parquet file read in parts counts what a table in memory counts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.datasets.parquet import table_bytes
from jobs.datasets.schema import Column, Label, Schema
from jobs.datasets.table import Table
from jobs.datasets.validate import validate
from jobs.drift import stream as streaming
from jobs.drift.columns import coded
from jobs.drift.reference import summarise
from jobs.drift.stream import stream
from jobs.drift.window import UNKNOWN, window_of
from jobs.errors import DataError
from tests.jobs.support import ROOT


def nullable(schema: Schema) -> Schema:
    columns = tuple(column.model_copy(update={"nullable": True}) for column in schema.columns)
    return schema.model_copy(update={"columns": columns})


def test_parts_add_up_to_the_whole(telco: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "telco.parquet"
    file.write_bytes(table_bytes(telco))
    reference = summarise(telco.take(np.arange(3_000)))
    monkeypatch.setattr(streaming, "BATCH", 1_000)
    parts, whole = stream(str(file), nullable(telco.schema), reference, 2_000, 5), window_of(telco, reference, 2_000, 5)
    assert parts.rows == whole.rows
    for name, counted in whole.features.items():
        assert str(parts.features[name]) == str(counted), name
    for name, values in whole.sample.columns.items():
        np.testing.assert_array_equal(parts.sample.columns[name], values)
    assert parts.labels is not None
    np.testing.assert_array_equal(parts.labels, whole.labels)


@pytest.mark.parametrize(
    "values",
    [
        ["a", " a ", None, "", "NA", "b"], [1, 0, 1, 0], [1, None, 70_000_000], [True, False, None], [1.0, 2.5, None],
        [-3, 10**12], ["1", "1.0"],
    ],
)  # fmt: skip
def test_categories_of_every_type_read_as_validate_reads_them(values: list[Any]) -> None:
    column = pa.array(values)
    schema = Schema(
        label=Label(name="y", positive="1", negative="0"),
        columns=(Column(name="x", kind="categorical", nullable=True),),
    )
    expected = validate(pa.table({"x": column}).to_pandas(), schema, "test", labelled=False).columns["x"]
    for part in (column, column.slice(1), pa.concat_arrays([column, column]).slice(1, len(column))):
        found = coded(part)
        start = 1
        wanted = np.concatenate([expected, expected])[start : start + len(part)] if part is not column else expected
        assert found.take(np.arange(len(part))).tolist() == wanted.tolist()
        assert sum(found.rows().values()) == len(part)


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (["1", "2", "many"], "column 'tenure', row 3: value 'many' is not a number"),
        ([1.0, float("inf"), 2.0], "column 'tenure', row 2"),
        ([True, False, True], "column 'tenure', row 1"),
    ],
)
def test_a_value_that_is_no_number_is_refused_as_validate_refuses_it(
    tmp_path: Path, telco: Table, column: list[Any], words: str
) -> None:
    few = telco.take(np.arange(3))
    table = pq.read_table(pa.BufferReader(table_bytes(few)))
    place = table.column_names.index("tenure")
    pq.write_table(table.set_column(place, "tenure", pa.array(column)), tmp_path / "wrong.parquet")
    with pytest.raises(DataError) as refused:
        stream(str(tmp_path / "wrong.parquet"), nullable(telco.schema), summarise(telco), 1_000, 0)
    assert words in str(refused.value)
    assert "(rows from 1)" in str(refused.value)


def test_numbers_written_as_text_are_read(tmp_path: Path, telco: Table) -> None:
    table = pq.read_table(pa.BufferReader(table_bytes(telco.take(np.arange(3)))))
    place = table.column_names.index("tenure")
    pq.write_table(table.set_column(place, "tenure", pa.array(["1", "", "3"])), tmp_path / "text.parquet")
    window = stream(str(tmp_path / "text.parquet"), nullable(telco.schema), summarise(telco), 1_000, 0)
    assert (window.features["tenure"].present, window.features["tenure"].missing) == (2, 1)


def test_labels_that_are_not_known_yet_are_told_apart(tmp_path: Path, telco: Table) -> None:
    table = pq.read_table(pa.BufferReader(table_bytes(telco.take(np.arange(3)))))
    place = table.column_names.index("churn")
    pq.write_table(table.set_column(place, "churn", pa.array(["Yes", None, "No"])), tmp_path / "some.parquet")
    window = stream(str(tmp_path / "some.parquet"), nullable(telco.schema), summarise(telco), 1_000, 0)
    assert window.labels is not None
    assert window.labels.tolist() == [1, UNKNOWN, 0]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no parquet", "the file is no valid Parquet"),
        (None, "the file cannot be read"),
        (pa.table({"tenure": [1.0]}), "column 'contract' is missing"),
    ],
)
def test_a_file_of_another_kind_or_shape_is_refused(tmp_path: Path, telco: Table, content: Any, words: str) -> None:
    file = tmp_path / "current.parquet"
    if isinstance(content, pa.Table):
        pq.write_table(content, file)
    elif content is not None:
        file.write_bytes(content)
    with pytest.raises(DataError) as refused:
        stream(str(file), nullable(telco.schema), summarise(telco), 1_000, 0)
    assert words in str(refused.value)


def test_an_empty_file_and_a_cut_one_are_refused(tmp_path: Path, telco: Table) -> None:
    whole = table_bytes(telco)
    pq.write_table(pq.read_table(pa.BufferReader(whole)).slice(0, 0), tmp_path / "empty.parquet")
    (tmp_path / "cut.parquet").write_bytes(whole[: len(whole) // 2])
    for name, words in (("empty", "has no rows"), ("cut", "no valid Parquet")):
        with pytest.raises(DataError, match=words):
            stream(str(tmp_path / f"{name}.parquet"), nullable(telco.schema), summarise(telco), 1_000, 0)


def test_a_plain_file_is_read_without_pandas_and_scipy(tmp_path: Path, telco: Table) -> None:
    """Importing them takes longer than counting a million rows."""
    (tmp_path / "telco.parquet").write_bytes(table_bytes(telco))
    verdict, modules, _ = checked(tmp_path / "telco.parquet", telco)
    assert (verdict, modules) == ("stable", "[]")


def test_memory_does_not_grow_with_the_rows(tmp_path: Path, telco: Table) -> None:
    """6 times the rows: 70 MB more, if they were all in memory at once."""
    rows = pq.read_table(pa.BufferReader(table_bytes(telco)))
    peaks = []
    for times in (12, 72):
        with pq.ParquetWriter(tmp_path / "many.parquet", rows.schema) as file:
            for _ in range(times):
                file.write_table(rows)
        peaks.append(int(checked(tmp_path / "many.parquet", telco)[2]) / 1024)
    assert peaks[1] - peaks[0] < 20, peaks


def checked(file: Path, telco: Table) -> list[str]:
    """Verdict, heavy modules that were imported, and the most memory in KB of a process that checks the file."""
    code = """
import json, sys
from jobs.datasets.schema import Schema
from jobs.drift.config import DriftConfig
from jobs.drift.reference import Reference
from jobs.drift.report import drift_report
from jobs.drift.stream import stream
schema, reference = Schema.model_validate_json(sys.argv[2]), Reference.from_json(json.loads(sys.argv[3]))
report = drift_report(reference, stream(sys.argv[1], schema, reference, 1000, 0), DriftConfig())
print(report["verdict"])
print(sorted({"pandas", "scipy", "pandera", "mlflow"} & set(sys.modules)))
print(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
"""
    reference = json.dumps(summarise(telco).to_json())
    given = [str(file), nullable(telco.schema).model_dump_json(), reference]
    ran = subprocess.run(
        [sys.executable, "-c", code, *given], capture_output=True, text=True, check=True, env={"PYTHONPATH": str(ROOT)}
    )
    return ran.stdout.splitlines()
