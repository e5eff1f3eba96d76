"""No skew: a row has the same features in training, in the feature store and in the model server."""

from __future__ import annotations

import json

import numpy as np
import numpy.typing as npt
import pytest

from jobs.bundle.prediction import TOLERANCE
from jobs.bundle.scorer import Scorer
from jobs.config import load
from jobs.datasets.catalog import Catalog
from jobs.datasets.config import Pipeline
from jobs.datasets.manifest import DATA, FEATURES
from jobs.datasets.parquet import read_frame
from jobs.datasets.pipeline import run_pipeline
from jobs.datasets.table import Table
from jobs.datasets.validate import validate
from jobs.features.encoder import Matrix
from jobs.features.spec import FeatureSpec
from jobs.serving.body import predict_body
from jobs.training.candidates import fit
from jobs.training.config import Experiment
from jobs.training.scoring import prepare
from tests.jobs.datasets.support import day, read_matrix
from tests.jobs.support import ROOT


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """With the real table as `churn`, by the config that ships."""
    catalog = Catalog(str(tmp_path_factory.mktemp("datasets")))
    run_pipeline(load(Pipeline, ROOT / "configs" / "churn-data.yaml"), catalog, day(1), print)
    return catalog


@pytest.fixture(scope="module")
def stored(catalog: Catalog) -> tuple[Matrix, list[str]]:
    return read_matrix(catalog.read(catalog.newest("churn"), FEATURES))


@pytest.fixture(scope="module")
def body(telco: Table) -> bytes:
    """Every customer of the real table, as a client sends them."""
    return json.dumps({"records": telco.records()}).encode()


class Seen(Scorer):
    """A scorer that keeps the matrix which the model is asked with."""

    def __init__(self, scorer: Scorer) -> None:
        self.__dict__.update(scorer.__dict__)

    def probabilities(self, matrix: Matrix) -> npt.NDArray[np.float64]:
        self.matrix = matrix
        return super().probabilities(matrix)


def test_every_row_has_equal_features_in_training_store_and_server(
    experiment: Experiment, telco: Table, stored: tuple[Matrix, list[str]], scorer: Scorer, body: bytes
) -> None:
    matrix, columns = stored
    training = prepare(experiment, telco)
    served = Seen(scorer)
    predictions = predict_body(served, body, telco.rows)
    by_columns = Seen(scorer)
    columns_body = {"columns": {name: [one[name] for one in telco.records()] for name in telco.columns}}
    assert predict_body(by_columns, json.dumps(columns_body).encode(), telco.rows) == predictions
    assert columns == list(training.spec.columns) == list(scorer.manifest.features.columns)
    assert matrix.shape == (7043, len(columns)) == training.matrix.shape
    # Bit for bit; NaN is equal to NaN.
    assert matrix.tobytes() == training.matrix.tobytes()
    assert matrix.tobytes() == served.matrix.tobytes() == by_columns.matrix.tobytes()
    assert np.isnan(matrix).sum() == 11
    assert [one.probability for one in predictions] == scorer.probabilities(matrix).tolist()


def test_the_stored_specification_is_the_served_one(catalog: Catalog, scorer: Scorer) -> None:
    manifest = catalog.manifest(catalog.newest("churn"))
    assert FeatureSpec.from_json(manifest.spec) == scorer.manifest.features
    assert manifest.table_sha256 == scorer.manifest.data_sha256


def test_a_changed_value_would_be_seen(telco: Table, stored: tuple[Matrix, list[str]], scorer: Scorer) -> None:
    records = telco.records()
    records[7042]["contract"] = "One year"
    served = Seen(scorer)
    predict_body(served, json.dumps({"records": records}).encode(), telco.rows)
    different = np.flatnonzero((served.matrix != stored[0]) & ~np.isnan(stored[0]))
    assert {int(place) // len(stored[1]) for place in different} == {7042}


def test_stored_rows_are_the_rows_that_training_reads(catalog: Catalog, experiment: Experiment, telco: Table) -> None:
    again = validate(read_frame(catalog.read(catalog.newest("churn"), DATA), DATA), experiment.table, "churn")
    assert again.digest() == telco.digest()
    assert again.records() == telco.records()


def test_the_two_shipped_configs_name_the_same_columns(experiment: Experiment) -> None:
    pipeline = load(Pipeline, ROOT / "configs" / "churn-data.yaml")
    assert pipeline.table.identity() == experiment.table.identity()


@pytest.mark.parametrize("kind", ["logistic_regression", "xgboost"])
def test_the_server_answers_what_the_library_predicts_on_every_row_with_gaps_and_unseen_text(
    experiment: Experiment, telco: Table, scorer: Scorer, kind: str
) -> None:
    """The library beside the whole way of a request: JSON → rows → trees or weights, one by one and all at once."""
    training = prepare(experiment, telco)
    candidate = next(one for one in experiment.candidates if one.kind == kind)
    rows = training.parts.train
    fitted = fit(candidate, training.matrix[rows], training.labels[rows], experiment.seed)
    served = Scorer(scorer.manifest, fitted.to_onnx(len(training.spec.columns)))
    texts = experiment.table.names("categorical")
    every = telco.records()
    gaps = [{**record, "total_charges": None} for record in every[:500]]
    unseen = [{**record, texts[number % len(texts)]: "never seen before"} for number, record in enumerate(every[:500])]
    nothing_seen = [{**record, **dict.fromkeys(texts, "never seen before")} for record in every[:500]]
    records = every + gaps + unseen + nothing_seen
    expected = fitted.probabilities(served.encoder.records(records))
    answered = predict_body(served, json.dumps({"records": records}).encode(), len(records))
    assert np.abs(np.array([one.probability for one in answered]) - expected).max() <= TOLERANCE
    alone = [predict_body(served, json.dumps({"records": [one]}).encode(), 1)[0] for one in records]
    assert alone == answered
