"""Body of `/invocations` as CSV → rows. Pure: no server, no registry."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from jobs.features.spec import FeatureSpec, NumericFeature
from jobs.serving.body import Refusal, check_rows

SHAPES = "UTF-8, with a header that names every field, or without one and the fields in the model's order"


def csv_records(features: FeatureSpec, body: bytes, max_rows: int) -> list[dict[str, Any]]:
    """Rows by field; an empty cell is missing. Raises Refusal: 400 what is no such CSV, 413 too many rows."""
    lines = _lines(body)
    first = next(lines, [])
    names = list(features.names)
    header = set(names) <= set(first)
    columns = first if header else names
    if len(set(columns)) != len(columns):
        raise Refusal(400, "the header names a field twice", given=first, allowed=SHAPES)
    numeric = {one.name for one in features.features if isinstance(one, NumericFeature)}
    records: list[dict[str, Any]] = []
    for cells in lines if header else _and_then(first, lines):
        if len(cells) != len(columns):
            raise Refusal(
                400, "the row has another number of cells", row=len(records) + 1, given=len(cells),
                allowed=f"{len(columns)}: {SHAPES}",
            )  # fmt: skip
        pairs = zip(columns, cells, strict=True)
        records.append({name: _number(cell) if name in numeric else cell or None for name, cell in pairs})
        if len(records) > max_rows:
            break
    check_rows(len(records), max_rows)
    return records


def _lines(body: bytes) -> Iterator[list[str]]:
    try:
        text = body.decode("utf-8-sig")
        yield from (cells for cells in csv.reader(io.StringIO(text, newline=""), strict=True) if cells)
    except (UnicodeDecodeError, csv.Error) as error:
        raise Refusal(400, f"the body is not valid CSV: {error}"[:200], allowed=SHAPES) from error


def _and_then(first: list[str], rest: Iterator[list[str]]) -> Iterator[list[str]]:
    if first:
        yield first
    yield from rest


def _number(cell: str) -> float | str | None:
    """What is no number stays as it is: the encoder refuses it with field, row and rule."""
    cell = cell.strip()
    try:
        return float(cell) if cell and "_" not in cell else cell or None
    except ValueError:
        return cell
