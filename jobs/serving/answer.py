"""A request's body → the answer, for the server and for the function. Pure: no server, no registry."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jobs.bundle.prediction import Prediction
from jobs.serving.body import Loads, Refusal, Rows, predict_rows, read_rows, strict_json
from jobs.serving.csv_body import csv_records
from jobs.serving.served import Served

JSON = "application/json"
CSV = "text/csv"


@dataclass(frozen=True, slots=True)
class Answer:
    """A body with its type, how many rows were predicted, and the probabilities in it."""

    content_type: str
    body: bytes
    rows: int
    probabilities: tuple[float, ...] = ()


def kind(content_type: str, allowed: tuple[str, ...]) -> str:
    """The media type alone. Raises Refusal 415."""
    found = content_type.split(";")[0].strip().lower()
    if found not in allowed:
        raise Refusal(415, "the content type is not known", given=content_type, allowed=" or ".join(allowed))
    return found


def predict(served: Served, content_type: str, body: bytes, max_rows: int, accept: str = JSON) -> Answer:
    """Rows → predictions, as CSV for who asks for it. Raises Refusal as `score` does."""
    return answered(served, score(served, content_type, body, max_rows), accept)


def score(served: Served, content_type: str, body: bytes, max_rows: int) -> list[Prediction]:
    """Raises Refusal: 400 what is no such JSON or CSV, 413 too many rows, 422 a value the features do not allow."""
    return predict_rows(served.scorer, rows_of(served, content_type, body, max_rows))


def rows_of(served: Served, content_type: str, body: bytes, max_rows: int, loads: Loads = strict_json) -> Rows:
    """What is to be predicted. Raises Refusal: 400 what is no such JSON or CSV, 413 too many rows."""
    if content_type == CSV:
        return csv_records(served.scorer.manifest.features, body, max_rows)
    return read_rows(served.scorer, body, max_rows, loads)


def answered(served: Served, predictions: Sequence[Prediction], accept: str = JSON) -> Answer:
    """Predictions → the answer, with the version that gave it."""
    probabilities = tuple([one.probability for one in predictions])
    if accept != JSON and accept.split(";")[0].strip().lower() == CSV:
        return Answer(CSV, _csv(predictions), len(predictions), probabilities)
    # Several times as fast as a general writer; a probability is a finite float, whose text is JSON.
    rows = ",".join([f'{{"probability":{one.probability!r},"label":{_text(one.label)}}}' for one in predictions])
    about = f'"model":{_text(served.champion.model)},"version":{_text(served.champion.version)}'
    return Answer(JSON, f'{{"predictions":[{rows}],{about}}}'.encode(), len(predictions), probabilities)


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


_text = lru_cache(maxsize=64)(json.dumps)


def _csv(predictions: Sequence[Prediction]) -> bytes:
    lines = io.StringIO()
    csv.writer(lines, lineterminator="\n").writerows((one.probability, one.label) for one in predictions)
    return lines.getvalue().encode()
