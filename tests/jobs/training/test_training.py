from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from jobs.bundle.scorer import Scorer, load_scorer
from jobs.datasets.fit import fit_features
from jobs.datasets.table import Table
from jobs.drift.reference import Reference
from jobs.errors import DataError, TrainingError
from jobs.features.encoder import Matrix
from jobs.training.bundling import prove_conversion
from jobs.training.calibrated import Calibrated
from jobs.training.calibration import fit_calibrator
from jobs.training.candidates import fit
from jobs.training.config import Experiment, Metric
from jobs.training.experiment import Trained, best, train
from jobs.training.fitted import Probabilities
from jobs.training.scoring import fold_probabilities, prepare
from jobs.training.split import split_rows
from tests.jobs.support import CONFIG, ROOT

AGAIN = """
import sys
from pathlib import Path
from jobs.config import load
from jobs.datasets.validate import validate
from jobs.training.config import Experiment
from jobs.training.experiment import train
experiment = load(Experiment, Path(sys.argv[1]))
table = validate(experiment.data.read(), experiment.table, "telco")
for one in train(experiment, table, Path(sys.argv[2]), lambda line: None):
    print(one.digest)
"""


def test_the_same_data_and_config_give_the_same_bundles_in_another_process(
    trained: list[Trained], tmp_path: Path
) -> None:
    """With other hashes of text and other numbers of threads."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "7", "OMP_NUM_THREADS": "2"}
    command = [sys.executable, "-c", AGAIN, str(CONFIG), str(tmp_path)]
    again = subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout.split()
    assert again == [one.digest for one in trained]
    assert len({one.digest for one in trained}) == len(trained)


def test_what_workers_found_for_each_fold_gives_the_same_bundle(
    experiment: Experiment, telco: Table, trained: list[Trained], tmp_path: Path
) -> None:
    prepared = prepare(experiment, telco)
    first = experiment.candidates[0]
    found = [
        fold_probabilities(first, prepared.matrix, prepared.labels, fold, experiment.seed) for fold in prepared.folds
    ]
    alone = experiment.model_copy(update={"candidates": (first,)})
    collected = train(alone, telco, tmp_path, print, {first.name: found})
    assert (collected[0].digest, collected[0].metrics) == (trained[0].digest, trained[0].metrics)
    with pytest.raises(TrainingError, match="do not fit the folds"):
        train(alone, telco, tmp_path, print, {first.name: found[:-1]})


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
    held = prepare(experiment, telco).folds
    scores = [fold_probabilities(one_trained.candidate, matrix, telco.target, fold, experiment.seed) for fold in held]
    rows = np.concatenate([fold.held for fold in held])
    calibrator = fit_calibrator("sigmoid", np.concatenate(scores), telco.target[rows])
    assert calibrator
    expected = Calibrated(library, calibrator).probabilities(matrix)
    np.testing.assert_allclose(scorer.probabilities(matrix), expected, rtol=0, atol=1e-6)


def test_every_candidate_is_far_better_than_chance(one_trained: Trained) -> None:
    assert one_trained.metrics["test_roc_auc"] > 0.82
    assert one_trained.metrics["test_log_loss"] < 0.45


def test_a_figure_lies_in_its_interval_and_the_interval_tells_how_few_rows_there_are(one_trained: Trained) -> None:
    metrics = one_trained.metrics
    for name in ("roc_auc", "average_precision", "f1", "log_loss", "brier", "accuracy", "cost"):
        assert metrics[f"test_{name}_low"] < metrics[f"test_{name}"] < metrics[f"test_{name}_high"]
    # Hanley and McNeil's formula for 1,409 rows and this area gives ± 0.022.
    assert metrics["test_roc_auc_high"] - metrics["test_roc_auc_low"] == pytest.approx(0.044, abs=0.008)
    assert metrics["test_roc_auc"] == pytest.approx(metrics["cv_roc_auc"], abs=0.03)
    assert 0 < metrics["cv_roc_auc_deviation"] < 0.03


def test_the_best_candidate_is_chosen_by_the_mean_of_the_folds_else_on_validation_rows(
    experiment: Experiment, trained: list[Trained]
) -> None:
    def by_folds(select: Metric, wanted: float) -> None:
        chosen = best(experiment.model_copy(update={"select": select}), trained)
        assert chosen.metrics[f"cv_{select}"] == wanted

    by_folds("average_precision", max(one.metrics["cv_average_precision"] for one in trained))
    by_folds("cost", min(one.metrics["cv_cost"] for one in trained))
    plain = experiment.model_copy(update={"cross_validation": None, "select": "cost"})
    assert best(plain, trained).metrics["valid_cost"] == min(one.metrics["valid_cost"] for one in trained)


def test_without_folds_calibration_is_fitted_on_validation_rows(
    experiment: Experiment, telco: Table, tmp_path: Path
) -> None:
    """Sums to the truth there: the mean of Platt's probabilities is the share of positives."""
    update = {"cross_validation": None, "candidates": experiment.candidates[:1]}
    done = train(experiment.model_copy(update=update), telco, tmp_path, print)[0]
    assert not [name for name in done.metrics if name.startswith("cv_")]
    parts = split_rows(telco.target, experiment.split.valid, experiment.split.test, experiment.seed)
    scorer = load_scorer(done.folder)
    told = scorer.probabilities(scorer.encoder.columns(telco.columns)[parts.valid])
    assert told.mean() == pytest.approx(telco.target[parts.valid].mean(), abs=0.001)


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


def test_the_bundle_carries_what_drift_is_measured_against(experiment: Experiment, one_trained: Trained) -> None:
    """Features of the training rows; predictions and performance of the rows that were held out."""
    kept = one_trained.folder / "bundle.json"
    reference = Reference.from_json(json.loads(kept.read_text())["reference"])
    assert set(reference.features) == set(experiment.table.names())
    assert reference.rows == 4225
    assert reference.prediction
    assert reference.performance
    assert reference.performance.rows == 2818
    assert kept.stat().st_size < 150_000
