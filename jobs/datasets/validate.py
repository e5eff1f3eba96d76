"""A raw frame → a Table that fits its schema, or a DataError naming rows and columns (rows count from 1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from jobs.datasets.rules import NOT_NULLABLE, broken_rules
from jobs.datasets.schema import Schema
from jobs.datasets.table import Table
from jobs.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

MISSING_TEXT = frozenset({"", "NA", "N/A", "NaN", "nan", "null", "NULL", "None"})
# An error shows this many rows; a column of a million wrong values needs no million lines.
SHOWN = 5


def validate(frame: pd.DataFrame, schema: Schema, source: str, *, labelled: bool = True) -> Table:
    """Raises DataError with every problem found; other columns of the frame are left out."""
    wanted = [*schema.names(), *([schema.label.name] if labelled else [])]
    names = [str(name) for name in frame.columns]
    twice = sorted({name for name in names if names.count(name) > 1} & set(wanted))
    absent = [name for name in wanted if name not in names]
    if twice or absent:
        raise DataError(
            f"{source} does not have the columns of the schema",
            details=tuple([f"column {n!r} is missing" for n in absent] + [f"column {n!r} occurs twice" for n in twice]),
            given=names,
            allowed=wanted,
        )
    if len(frame) == 0:
        raise DataError(f"{source} has no rows", allowed="at least one row under the header")
    problems: list[str] = []
    columns: dict[str, npt.NDArray[Any]] = {}
    raw = {column.name: _cells(frame[column.name]) for column in schema.columns}
    unreadable: set[str] = set()
    for column in schema.columns:
        if column.kind == "categorical":
            columns[column.name] = np.array([_text(value) for value in raw[column.name]], dtype=object)
            continue
        columns[column.name], wrong = _numbers(raw[column.name])
        if wrong:
            unreadable.add(column.name)
            tell(problems, column.name, "is not a number", wrong, raw[column.name])
    readable = {name: values for name, values in columns.items() if name not in unreadable}
    for broken in broken_rules(schema, readable):
        cells = None if broken.rule == NOT_NULLABLE else raw[broken.column]
        tell(problems, broken.column, broken.rule, broken.rows, cells)
    labels = _labels(_cells(frame[schema.label.name]), schema, problems) if labelled else None
    if problems:
        raise DataError(f"{source} does not fit the schema", details=tuple(problems))
    return Table(schema, columns, labels)


def _cells(series: pd.Series[Any]) -> npt.NDArray[Any]:
    """Raw values, texts without blanks around them, missing ones as None."""
    import pandas as pd

    if series.dtype.kind in "iuf":
        return series.to_numpy(dtype=np.float64)
    if pd.api.types.infer_dtype(series, skipna=True) == "string":
        # Each distinct text is looked at and kept once: columns of a million rows have few.
        places, found = pd.factorize(series)
        texts = [str(text).strip() for text in found]
        distinct = np.array([*(None if text in MISSING_TEXT else text for text in texts), None], dtype=object)
        cells: npt.NDArray[Any] = distinct[places]
        return cells
    mixed = series.astype(object).where(series.notna(), None)
    return mixed.map(_present).astype(object).to_numpy()


def _present(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = value.strip()
    return None if text in MISSING_TEXT else text


def _numbers(cells: npt.NDArray[Any]) -> tuple[npt.NDArray[np.float64], list[int]]:
    """Numbers, missing ones NaN, and the rows that hold something else."""
    if cells.dtype == np.float64:
        return cells, []
    numbers = np.full(len(cells), np.nan)
    wrong: list[int] = []
    for row, value in enumerate(cells):
        try:
            if isinstance(value, (bool, np.bool_)):
                raise TypeError
            if value is not None:
                numbers[row] = float(value)
        except OverflowError:
            numbers[row] = np.inf
        except (TypeError, ValueError):
            wrong.append(row)
    return numbers, wrong


def _labels(cells: npt.NDArray[Any], schema: Schema, problems: list[str]) -> npt.NDArray[np.int8]:
    label = schema.label
    places = {label.positive: 1, label.negative: 0}
    texts = [_text(value) for value in cells]
    wrong = [row for row, text in enumerate(texts) if text not in places]
    rule = f"is no label; allowed are {label.positive!r} and {label.negative!r}"
    tell(problems, label.name, rule, wrong, cells)
    labels = np.array([places.get(text or "", 0) for text in texts], dtype=np.int8)
    if not wrong and len(set(labels.tolist())) == 1:
        problems.append(f"column {label.name!r}: the label has one class, every row is {texts[0]!r}; both are needed")
    return labels


def _text(value: object) -> str | None:
    """A category as text: whole floats without `.0`, because an integer column with a gap is read as floats."""
    if value is None or type(value) is str:
        return value
    if isinstance(value, float) and value != value:
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def tell(
    problems: list[str], column: str, rule: str, rows: list[int] | npt.NDArray[np.intp], cells: npt.NDArray[Any] | None
) -> None:
    """Adds a line for each of the first rows, counted from 1 with their cells, and one for how many more there are."""
    for row in rows[:SHOWN]:
        value = "" if cells is None else f" value {str(cells[row])[:60]!r}"
        problems.append(f"column {column!r}, row {row + 1}:{value} {rule}")
    if len(rows) > SHOWN:
        problems.append(f"column {column!r}: {len(rows) - SHOWN} more rows like these")
