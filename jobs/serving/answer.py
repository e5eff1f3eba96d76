"""A request's body → the answer, for the server and for the function. Pure: no server, no registry."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import Any

from jobs.bundle.prediction import Prediction
from jobs.serving.body import Refusal, predict_body, predict_records
from jobs.serving.csv_body import csv_records
from jobs.serving.served import Served

JSON = "application/json"
CSV = "text/csv"


@dataclass(frozen=True, slots=True)
class Answer:
    """A body with its type, and how many rows were predicted."""

    content_type: str
    body: bytes
    rows: int


def kind(content_type: str, allowed: tuple[str, ...]) -> str:
    """The media type alone. Raises Refusal 415."""
    found = content_type.split(";")[0].strip().lower()
    if found not in allowed:
        raise Refusal(415, "the content type is not known", given=content_type, allowed=" or ".join(allowed))
    return found


def predict(served: Served, content_type: str, body: bytes, max_rows: int, accept: str = JSON) -> Answer:
    """Rows → predictions, as CSV for who asks for it. Raises Refusal as `score` does."""
    predictions = score(served, content_type, body, max_rows)
    if accept.split(";")[0].strip().lower() == CSV:
        return Answer(CSV, _csv(predictions), len(predictions))
    return Answer(JSON, as_json(described(predictions, served)), len(predictions))


def score(served: Served, content_type: str, body: bytes, max_rows: int) -> list[Prediction]:
    """Raises Refusal: 400 what is no such JSON or CSV, 413 too many rows, 422 a value the features do not allow."""
    if content_type == CSV:
        records = csv_records(served.scorer.manifest.features, body, max_rows)
        return predict_records(served.scorer, records)
    return predict_body(served.scorer, body, max_rows)


def described(predictions: list[Prediction], served: Served) -> dict[str, Any]:
    """The answer as plain data, with the version that gave it."""
    return {
        "predictions": [{"probability": one.probability, "label": one.label} for one in predictions],
        "model": served.champion.model,
        "version": served.champion.version,
    }


def as_json(data: dict[str, Any]) -> bytes:
    """Without spaces: every byte is sent."""
    return json.dumps(data, separators=(",", ":")).encode()


def _csv(predictions: list[Prediction]) -> bytes:
    lines = io.StringIO()
    csv.writer(lines, lineterminator="\n").writerows((one.probability, one.label) for one in predictions)
    return lines.getvalue().encode()
