from __future__ import annotations

import numpy as np
import onnxruntime
import pytest

from jobs.datasets.table import Table
from jobs.training.calibrated import OUTPUT, Calibrated
from jobs.training.calibration import STEEPEST, Isotonic, Sigmoid, fit_calibrator
from jobs.training.candidates import fit
from jobs.training.config import Calibration, CandidateConfig, Costs, Experiment, LogisticRegression, XGBoost
from jobs.training.fitted import Labels, Probabilities
from jobs.training.metrics import evaluate
from jobs.training.scoring import Prepared, prepare

# Deep and fast: certain of what it has seen, and often wrong on what it has not.
OVERFITTED = XGBoost(kind="xgboost", name="deep", trees=60, depth=8, learning_rate=0.3)
LINEAR = LogisticRegression(kind="logistic_regression", name="linear")
BOTH = pytest.mark.parametrize("kind", ["sigmoid", "isotonic"])
COSTS = Costs(false_positive=1, false_negative=5)


@pytest.fixture(scope="module")
def prepared(experiment: Experiment, telco: Table) -> Prepared:
    return prepare(experiment, telco)


def calibrated(candidate: CandidateConfig, kind: Calibration, prepared: Prepared) -> Calibrated:
    """Fitted on training rows, calibrated on validation rows."""
    parts = prepared.parts
    fitted = fit(candidate, prepared.matrix[parts.train], prepared.labels[parts.train], 1)
    scores = fitted.probabilities(prepared.matrix[parts.valid])
    calibrator = fit_calibrator(kind, scores, prepared.labels[parts.valid])
    assert calibrator
    return Calibrated(fitted, calibrator)


@BOTH
@pytest.mark.parametrize("candidate", [OVERFITTED, LINEAR], ids=lambda one: one.kind)
def test_the_converted_model_gives_the_calibrated_probability_on_every_row(
    candidate: CandidateConfig, kind: Calibration, prepared: Prepared
) -> None:
    model = calibrated(candidate, kind, prepared)
    text = model.to_onnx(prepared.matrix.shape[1])
    assert text == model.to_onnx(prepared.matrix.shape[1])
    session = onnxruntime.InferenceSession(text)
    (output,) = session.get_outputs()
    assert output.name == OUTPUT
    got = session.run(None, {session.get_inputs()[0].name: prepared.matrix})[0]
    assert got.dtype == np.float32
    np.testing.assert_allclose(got[:, 1], model.probabilities(prepared.matrix), rtol=0, atol=1e-6)
    np.testing.assert_allclose(got.sum(axis=1), 1, rtol=0, atol=1e-6)


@BOTH
def test_an_overconfident_candidate_tells_truer_probabilities_and_ranks_as_before(
    kind: Calibration, prepared: Prepared
) -> None:
    model, rows = calibrated(OVERFITTED, kind, prepared), prepared.parts.test
    labels = prepared.labels[rows]
    before = evaluate(labels, model.inner.probabilities(prepared.matrix[rows]), 0.5, COSTS)
    after = evaluate(labels, model.probabilities(prepared.matrix[rows]), 0.5, COSTS)
    assert after["log_loss"] < before["log_loss"] - 0.03
    assert after["brier"] < before["brier"]
    assert after["roc_auc"] == pytest.approx(before["roc_auc"], abs=1e-3)


def truth(rows: int, seed: int) -> tuple[Probabilities, Labels]:
    generator = np.random.default_rng(seed)
    scores = generator.random(rows)
    return scores, (generator.random(rows) < scores).astype(np.int8)


@BOTH
def test_true_probabilities_stay_as_they_are(kind: Calibration) -> None:
    scores, labels = truth(50_000, 3)
    calibrator = fit_calibrator(kind, scores, labels)
    assert calibrator
    grid = np.linspace(0.02, 0.98, 97)
    assert np.abs(calibrator.apply(grid) - grid).max() < 0.03


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("rows", [20, 300])
def test_an_isotonic_map_rises_strictly_never_too_steep_and_stays_inside_0_and_1(rows: int, seed: int) -> None:
    calibrator = fit_calibrator("isotonic", *truth(rows, seed))
    assert isinstance(calibrator, Isotonic)
    slopes = np.diff(calibrator.values) / np.diff(calibrator.knots)
    assert calibrator.knots[0] == 0
    assert calibrator.knots[-1] == 1
    assert slopes.min() >= 0
    assert slopes.max() <= STEEPEST + 1e-9
    told = calibrator.apply(np.linspace(0.01, 0.99, 99))
    assert told.min() > 0
    assert told.max() < 1


@BOTH
def test_scores_that_separate_the_classes_do_not_become_certain(kind: Calibration) -> None:
    calibrator = fit_calibrator(kind, np.repeat([0.2, 0.8], 50), np.repeat([0, 1], 50).astype(np.int8))
    assert calibrator
    low, high = calibrator.apply(np.array([0.2, 0.8]))
    assert 0.005 < low < 0.05
    assert 0.95 < high < 0.995


@BOTH
def test_scores_worse_than_chance_become_the_share_of_positives_and_are_not_turned_round(kind: Calibration) -> None:
    scores, labels = truth(2000, 4)
    calibrator = fit_calibrator(kind, 1 - scores, labels)
    assert calibrator
    told = calibrator.apply(np.array([0.3, 0.5, 0.7]))
    assert np.diff(told).min() >= 0
    assert told[1] == pytest.approx(labels.mean(), abs=0.01)


@BOTH
def test_equal_scores_become_the_share_of_positives(kind: Calibration) -> None:
    labels = np.array([1, 0, 0, 0] * 100, dtype=np.int8)
    calibrator = fit_calibrator(kind, np.full(400, 0.9), labels)
    assert calibrator
    assert calibrator.apply(np.array([0.9]))[0] == pytest.approx(0.25, abs=0.01)


def test_no_calibration_leaves_no_map() -> None:
    assert fit_calibrator("none", *truth(20, 1)) is None


def test_certain_scores_have_finite_log_odds() -> None:
    assert np.isfinite(Sigmoid(2.0, 1.0).apply(np.array([0.0, 1.0]))).all()
