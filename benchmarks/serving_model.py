"""The model of the serving benchmark: one fit of XGBoost, as our bundle and as files for the peers' pipeline."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from jobs.config import load
from jobs.datasets.schema import Schema
from jobs.datasets.table import Table
from jobs.datasets.validate import validate
from jobs.features.spec import CategoricalFeature, NumericFeature
from jobs.training.boosting import FittedBoosting
from jobs.training.candidates import fit
from jobs.training.config import Experiment
from jobs.training.experiment import Trained, train_candidate
from jobs.training.scoring import prepare

CONFIG = Path(__file__).parents[1] / "configs" / "churn-experiment.yaml"
# Rows of the table that come again with a gap or with a word that no category is.
ODD_ROWS = 1000
UNSEEN = "never seen before"

Record = dict[str, Any]


@dataclass(frozen=True)
class Model:
    """`records`: every row of the table, then those with gaps and unseen words; `rows` of them are the table's."""

    trained: Trained
    records: list[Record]
    rows: int
    nullable: tuple[str, ...]


def make(folder: Path) -> Model:
    """The xgboost candidate of the shipped experiment, without calibration: a pipeline of peers has none.

    Numbers stand before categories, the order in which a ColumnTransformer with two parts gives them.
    """
    experiment, table = experiment_and_table()
    (candidate,) = experiment.candidates
    prepared = prepare(experiment, table)
    trained = train_candidate(experiment, candidate, table, prepared, folder, lambda _: None)
    train = prepared.parts.train
    fitted = fit(candidate, prepared.matrix[train], prepared.labels[train], experiment.seed)
    assert isinstance(fitted, FittedBoosting)
    # A classifier as scikit-learn has it, so that a peer's XGBClassifier loads it whole.
    fitted.classifier.save_model(folder / "booster.json")
    features = prepared.spec.features
    numeric = [one for one in features if isinstance(one, NumericFeature)]
    categories = {one.name: one.categories for one in features if isinstance(one, CategoricalFeature)}
    numbers, nullable = [one.name for one in numeric], [one.name for one in numeric if one.nullable]
    assert list(prepared.spec.names) == [*numbers, *categories]
    records = table.records()
    records += odd(records[:ODD_ROWS], tuple(nullable), tuple(categories))
    described = {"numeric": numbers, "nullable": nullable, "categories": categories, "fitted": len(train)}
    (folder / "features.json").write_text(json.dumps(described))
    (folder / "records.json").write_text(json.dumps(records))
    return Model(trained, records, table.rows, tuple(nullable))


def experiment_and_table() -> tuple[Experiment, Table]:
    """The shipped experiment with its xgboost candidate alone."""
    experiment = load(Experiment, CONFIG)
    columns = sorted(experiment.table.columns, key=lambda column: column.kind == "categorical")
    schema = Schema.model_validate({**experiment.table.model_dump(), "columns": [one.model_dump() for one in columns]})
    wanted = [one for one in experiment.candidates if one.kind == "xgboost"]
    given = {"table": schema, "candidates": tuple(wanted), "calibration": "none", "cross_validation": None}
    experiment = experiment.model_copy(update=given)
    return experiment, validate(experiment.data.read(), experiment.table, "telco")


def odd(records: list[Record], nullable: tuple[str, ...], categories: tuple[str, ...]) -> list[Record]:
    """Each record with every gap that is allowed, then with one category in turn unseen, then some with all. Pure."""
    gaps = [{**record, **dict.fromkeys(nullable)} for record in records]
    unseen = [{**record, categories[row % len(categories)]: UNSEEN} for row, record in enumerate(records)]
    both = [{**record, **dict.fromkeys(nullable), **dict.fromkeys(categories, UNSEEN)} for record in records[::20]]
    return gaps + unseen + both


def largest_difference(given: list[float], expected: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    """Of two lists of probabilities; infinite when they have not the same length. Pure."""
    if len(given) != len(expected):
        return float("inf")
    return float(np.max(np.abs(np.asarray(given) - expected)))
