"""Body of `/predict` → answer. Pure: no server, no registry."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from jobs.bundle.prediction import Prediction, Predicts
from jobs.features.row import EncodingError

# Records, or columns by name.
Rows = list[dict[str, Any]] | dict[str, list[Any]]
Loads = Callable[[bytes], Any]
SHAPES = '{"records": [{field: value, …}, …]} or {"columns": {field: [value, …], …}}'


@dataclass(frozen=True)
class Refusal(Exception):
    """A request that is refused; becomes the JSON body `{"error": …}`."""

    status: int
    problem: str
    field: str | None = None
    row: int | None = None
    given: object = None
    allowed: object = None

    def as_dict(self) -> dict[str, Any]:
        """Only the parts that are known; a given value is cut to 100 characters."""
        given: object = self.given
        # A number of 400 digits is a number too.
        if given is not None and (not isinstance(given, (float, bool)) or given != given):
            given = str(given)[:100]
        parts = {
            "message": self.problem, "field": self.field, "row": self.row, "given": given, "allowed": self.allowed,
        }  # fmt: skip
        return {"error": {key: value for key, value in parts.items() if value is not None}}


def strict_json(body: bytes) -> Any:
    """Raises ValueError on NaN and infinities too: they are not JSON."""
    return json.loads(body, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON; a missing number is null")


def predict_body(scorer: Predicts, body: bytes, max_rows: int) -> list[Prediction]:
    """Raises Refusal as `read_rows` and `predict_rows` do."""
    return predict_rows(scorer, read_rows(scorer, body, max_rows))


def read_rows(scorer: Predicts, body: bytes, max_rows: int, loads: Loads = strict_json) -> Rows:
    """Records or columns, not yet their values. Raises Refusal: 400 what is no such JSON, 413 too many rows."""
    data = _parse(body, loads)
    if not isinstance(data, dict) or len(data.keys() & {"records", "columns"}) != 1:
        given = sorted(data)[:10] if isinstance(data, dict) else type(data).__name__
        raise Refusal(400, "the body holds neither records nor columns", given=given, allowed=SHAPES)
    if "records" in data:
        return _records(data["records"], max_rows)
    return _columns(data["columns"], max_rows, scorer.manifest.features.names)


def predict_rows(scorer: Predicts, rows: Rows) -> list[Prediction]:
    """Raises Refusal 422 for a value the features do not allow."""
    try:
        return scorer.predict_records(rows) if isinstance(rows, list) else scorer.predict_columns(rows)
    except EncodingError as error:
        raise Refusal(422, error.problem, error.field, error.row, error.given, error.allowed) from error


def check_rows(rows: int, max_rows: int) -> None:
    """Raises Refusal 400 without rows, 413 with too many."""
    if rows == 0:
        raise Refusal(400, "the request has no rows", given=0, allowed=f"1 to {max_rows} rows")
    if rows > max_rows:
        raise Refusal(413, "the request has too many rows", given=rows, allowed=f"1 to {max_rows} rows")


def _parse(body: bytes, loads: Loads) -> Any:
    try:
        return loads(body)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, f"the body is not valid JSON: {error}"[:200], allowed=SHAPES) from error


def _records(records: Any, max_rows: int) -> list[dict[str, Any]]:
    if not isinstance(records, list):
        raise Refusal(400, "records is not a list", "records", given=type(records).__name__, allowed=SHAPES)
    check_rows(len(records), max_rows)
    for row, record in enumerate(records, 1):
        if not isinstance(record, dict):
            raise Refusal(400, "the row is not an object", "records", row, type(record).__name__, SHAPES)
    return records


def _columns(columns: Any, max_rows: int, names: tuple[str, ...]) -> dict[str, list[Any]]:
    if not isinstance(columns, dict):
        raise Refusal(400, "columns is not an object", "columns", given=type(columns).__name__, allowed=SHAPES)
    missing = [name for name in names if name not in columns]
    if missing:
        raise Refusal(422, "the field is missing", missing[0], allowed=list(names))
    for name in names:
        if not isinstance(columns[name], list):
            raise Refusal(400, "the column is not a list", name, given=type(columns[name]).__name__, allowed=SHAPES)
    lengths = {name: len(columns[name]) for name in names}
    if len(set(lengths.values())) > 1:
        raise Refusal(400, "the columns have different lengths", "columns", given=lengths, allowed="one length")
    check_rows(next(iter(lengths.values())), max_rows)
    return columns
