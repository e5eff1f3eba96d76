"""Objects of the inference log → predictions, one a row. Pure."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from jobs.errors import DataError
from jobs.features.spec import CategoricalFeature, FeatureSpec, NumericFeature
from jobs.serving.body import Refusal
from jobs.serving.csv_body import csv_records


@dataclass(frozen=True, slots=True)
class Model:
    """The model that answered; `labels`: negative, positive; `features`: name → numeric or categorical."""

    name: str
    version: str
    digest: str
    labels: tuple[str, str]
    features: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Logged:
    """One prediction; `values` are the model's features in its order, numbers as float, missing as None."""

    id: str
    time: datetime
    model: Model
    probability: float
    label: str
    values: tuple[float | str | None, ...]


def read_object(content: bytes, where: str) -> list[Logged]:
    """Predictions in the order of the log. Raises DataError on anything the server does not write."""
    found: list[Logged] = []
    model: Model | None = None
    number = 0
    try:
        for line in gzip.decompress(content).splitlines():
            number += 1
            data = json.loads(line)
            if "request" not in data:
                negative, positive = data["labels"]
                about = (data["model"], data["version"], data["digest"])
                model = Model(*about, (negative, positive), data["features"])
            elif model is None:
                raise ValueError("a request stands before its model")
            else:
                found += _rows(data, model)
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, AttributeError, Refusal) as error:
        problem = f"line {number}: {type(error).__name__}: {error}"[:300]
        raise DataError("this is no object of the inference log", given=where, details=(problem,)) from error
    return found


def _rows(data: Mapping[str, Any], model: Model) -> list[Logged]:
    """Raises ValueError, KeyError, TypeError, Refusal."""
    time = datetime.fromisoformat(data["time"]).astimezone(UTC)
    answers = _answers(data["answer"])
    given = _given(data["given"], model, len(answers))
    return [
        Logged(f"{data['request']}/{place}", time, model, probability, label, values)
        for place, ((probability, label), values) in enumerate(zip(answers, given, strict=True), 1)
    ]


def _answers(answer: Any) -> list[tuple[float, str]]:
    if isinstance(answer, str):
        return [(float(probability), label) for probability, label in csv.reader(io.StringIO(answer))]
    return [(float(one["probability"]), str(one["label"])) for one in answer["predictions"]]


def _given(given: Any, model: Model, rows: int) -> list[tuple[float | str | None, ...]]:
    if isinstance(given, str):
        given = {"records": csv_records(_spec(model), given.encode(), rows)}
    kinds = model.features
    if "records" in given:
        return [tuple(_value(one[name], kind) for name, kind in kinds.items()) for one in given["records"]]
    columns = [[_value(value, kind) for value in given["columns"][name]] for name, kind in kinds.items()]
    return list(zip(*columns, strict=True))


def _spec(model: Model) -> FeatureSpec:
    return FeatureSpec(
        tuple(
            NumericFeature(name) if kind == "numeric" else CategoricalFeature(name, ())
            for name, kind in model.features.items()
        )
    )


def _value(value: Any, kind: str) -> float | str | None:
    """A table's cell: text that no encoding can hold loses those characters."""
    if value is None:
        return None
    if kind == "numeric":
        return float(value)
    return str(value).encode("utf-8", "replace").decode()
