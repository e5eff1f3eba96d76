from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from jobs.bundle.scorer import Scorer, load_scorer
from jobs.datasets.table import Table
from jobs.errors import DataError, TrainingError
from jobs.features.encoder import Matrix
from jobs.training.bundling import prove_conversion
from jobs.training.candidates import fit
from jobs.training.config import Costs, Experiment
from jobs.training.experiment import Trained, best, train
from jobs.training.features import fit_features
from jobs.training.fitted import Probabilities
from jobs.training.metrics import THRESHOLDS, best_threshold, cost
from jobs.training.split import split_rows


def test_the_same_data_and_config_give_the_same_bundles(
    experiment: Experiment, telco: Table, trained: list[Trained], tmp_path: Path
) -> None:
    again = train(experiment, telco, tmp_path, print)
    assert [one.digest for one in again] == [one.digest for one in trained]
    assert len({one.digest for one in trained}) == len(trained)


def test_another_seed_gives_another_bundle(
    experiment: Experiment, telco: Table, trained: list[Trained], tmp_path: Path
) -> None:
    other = experiment.model_copy(update={"seed": experiment.seed + 1, "candidates": experiment.candidates[:1]})
    assert train(other, telco, tmp_path, print)[0].digest != trained[0].digest


def test_the_bundle_predicts_what_the_library_predicts_on_every_row(
    experiment: Experiment, telco: Table, one_trained: Trained
) -> None:
    parts = split_rows(telco.target, experiment.split.valid, experiment.split.test, experiment.seed)
    scorer = load_scorer(one_trained.folder)
    assert scorer.manifest.features == fit_features(telco.take(parts.train))
    matrix = scorer.encoder.columns(telco.columns)
    library = fit(one_trained.candidate, matrix[parts.train], telco.target[parts.train], experiment.seed)
    np.testing.assert_allclose(scorer.probabilities(matrix), library.probabilities(matrix), rtol=0, atol=1e-6)


def test_every_candidate_is_far_better_than_chance(one_trained: Trained) -> None:
    assert one_trained.metrics["test_roc_auc"] > 0.82
    assert one_trained.metrics["test_log_loss"] < 0.45


def test_the_best_candidate_is_chosen_on_validation_rows(experiment: Experiment, trained: list[Trained]) -> None:
    chosen = best(experiment, trained)
    assert chosen.metrics["valid_average_precision"] == max(one.metrics["valid_average_precision"] for one in trained)
    cheap = best(experiment.model_copy(update={"select": "cost"}), trained)
    assert cheap.metrics["valid_cost"] == min(one.metrics["valid_cost"] for one in trained)


class Liar:
    """An estimator whose conversion is wrong on one row."""

    libraries = ("onnx",)

    def __init__(self, scorer: Scorer) -> None:
        self.scorer = scorer

    def probabilities(self, matrix: Matrix) -> Probabilities:
        truth = self.scorer.probabilities(matrix)
        truth[17] += 2e-6
        return truth

    def to_onnx(self, width: int) -> bytes:
        raise NotImplementedError(width)


def test_a_conversion_that_is_wrong_on_one_row_fails_the_training(scorer: Scorer, telco: Table) -> None:
    with pytest.raises(TrainingError, match="row 18"):
        prove_conversion(Liar(scorer), scorer, scorer.encoder.columns(telco.columns))


def test_every_row_is_in_exactly_one_part_with_the_share_of_its_class(telco: Table) -> None:
    parts = split_rows(telco.target, 0.2, 0.2, 1)
    together = np.concatenate([parts.train, parts.valid, parts.test])
    assert sorted(together.tolist()) == list(range(telco.rows))
    for rows in (parts.train, parts.valid, parts.test):
        assert telco.target[rows].mean() == pytest.approx(telco.target.mean(), abs=0.001)


def test_a_class_with_too_few_rows_is_refused() -> None:
    with pytest.raises(DataError, match="too few rows"):
        split_rows(np.array([0] * 50 + [1] * 2, dtype=np.int8), 0.2, 0.2, 1)


def test_no_threshold_costs_less_than_the_chosen_one() -> None:
    generator = np.random.default_rng(5)
    probabilities = generator.random(500)
    labels = (generator.random(500) < probabilities).astype(np.int8)
    costs = Costs(false_positive=1, false_negative=5)
    chosen = best_threshold(labels, probabilities, costs)
    assert cost(labels, probabilities, chosen, costs) == min(cost(labels, probabilities, t, costs) for t in THRESHOLDS)
    assert chosen < best_threshold(labels, probabilities, Costs(false_positive=5, false_negative=1))
