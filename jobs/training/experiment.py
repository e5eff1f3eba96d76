"""Runs every candidate of an experiment on a table; writes bundles, knows nothing of MLflow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jobs.datasets.table import Table
from jobs.drift.reference import Predicted
from jobs.errors import TrainingError
from jobs.training.bundling import write_bundle
from jobs.training.calibrated import Calibrated
from jobs.training.calibration import fit_calibrator
from jobs.training.candidates import fit
from jobs.training.config import LOWER_IS_BETTER, CandidateConfig, Experiment
from jobs.training.fitted import Candidate, Fitted, Probabilities
from jobs.training.intervals import intervals
from jobs.training.metrics import best_threshold, evaluate
from jobs.training.scoring import Prepared, fold_probabilities, prepare, threshold_of

Say = Callable[[str], None]
# For each fold, in order, the probabilities of its held rows.
OutOfFold = Sequence[Probabilities]


@dataclass(frozen=True)
class Trained:
    """One candidate's bundle and figures.

    Metrics are named `valid_…`, `test_…` with the ends of their 95 % interval `test_…_low` and `test_…_high`, and with
    cross-validation `cv_…` (mean of the folds) and `cv_…_deviation` (between the folds).
    """

    candidate: CandidateConfig
    folder: Path
    digest: str
    threshold: float
    metrics: dict[str, float]
    difference: float


def train(
    experiment: Experiment, table: Table, folder: Path, say: Say, out_of_fold: Mapping[str, OutOfFold] | None = None
) -> list[Trained]:
    """Every candidate on the same split → bundles at `folder/<candidate>/bundle`. Raises DataError, TrainingError.

    `out_of_fold`: what workers found already, by candidate (`fold_probabilities`); else it is computed here.
    """
    prepared = prepare(experiment, table)
    known = out_of_fold or {}
    return [
        train_candidate(experiment, one, table, prepared, folder, say, known.get(one.name))
        for one in experiment.candidates
    ]


def best(experiment: Experiment, results: list[Trained]) -> Trained:
    """The candidate with the best selection metric, of equals the first: by the mean of the folds, else on the
    validation rows."""
    sign = 1.0 if experiment.select in LOWER_IS_BETTER else -1.0
    key = f"{'cv' if experiment.cross_validation else 'valid'}_{experiment.select}"
    return min(results, key=lambda result: sign * result.metrics[key])


def train_candidate(
    experiment: Experiment,
    candidate: CandidateConfig,
    table: Table,
    prepared: Prepared,
    folder: Path,
    say: Say,
    out_of_fold: OutOfFold | None = None,
) -> Trained:
    """One candidate → its bundle at `folder/<candidate>/bundle`. Raises TrainingError."""
    labels, parts = prepared.labels, prepared.parts
    say(f"{candidate.name}: fitting {candidate.kind} on {len(parts.train)} rows, {len(prepared.folds)} folds")
    held = _held(experiment, candidate, prepared, out_of_fold)
    plain = fit(candidate, prepared.matrix[parts.train], labels[parts.train], experiment.seed)
    fitted = _calibrated(experiment, prepared, plain, held)
    valid, test = (fitted.probabilities(prepared.matrix[rows]) for rows in (parts.valid, parts.test))
    threshold = best_threshold(labels[parts.valid], valid, experiment.costs)
    metrics = _of_folds(experiment, prepared, held)
    for part, rows, probabilities in (("valid", parts.valid, valid), ("test", parts.test, test)):
        figures = evaluate(labels[rows], probabilities, threshold, experiment.costs)
        metrics.update({f"{part}_{name}": value for name, value in figures.items()})
    for name, (low, high) in intervals(labels[parts.test], test, threshold, experiment.costs, experiment.seed).items():
        metrics.update({f"test_{name}_low": low, f"test_{name}_high": high})
    target = folder / candidate.name / "bundle"
    held_out = np.concatenate([parts.valid, parts.test])
    predicted = Predicted(np.concatenate([valid, test]), labels[held_out], threshold)
    digest, difference = write_bundle(
        target, experiment, candidate, prepared.spec, fitted, threshold, table, table.take(parts.train), predicted
    )
    say(
        f"{candidate.name}: test ROC-AUC {metrics['test_roc_auc']:.4f} "
        f"({metrics['test_roc_auc_low']:.3f} to {metrics['test_roc_auc_high']:.3f}), threshold {threshold:.2f}, "
        f"ONNX differs by {difference:.1e} at most, bundle {digest[:12]}"
    )
    return Trained(candidate, target, digest, threshold, metrics, difference)


def _held(
    experiment: Experiment, candidate: CandidateConfig, prepared: Prepared, known: OutOfFold | None
) -> list[Probabilities]:
    if known is None:
        return [
            fold_probabilities(candidate, prepared.matrix, prepared.labels, fold, experiment.seed)
            for fold in prepared.folds
        ]
    given, wanted = [len(one) for one in known], [len(fold.held) for fold in prepared.folds]
    if given != wanted:
        raise TrainingError(
            f"the probabilities handed over for {candidate.name} do not fit the folds",
            given=f"rows of each fold: {given}",
            allowed=wanted,
            change="give every worker the same data and config",
        )
    return list(known)


def _calibrated(experiment: Experiment, prepared: Prepared, fitted: Candidate, held: list[Probabilities]) -> Fitted:
    """Fitted on the rows that each fold held; without folds on the validation rows."""
    if held:
        rows, scores = np.concatenate([fold.held for fold in prepared.folds]), np.concatenate(held)
    else:
        rows = prepared.parts.valid
        scores = fitted.probabilities(prepared.matrix[rows])
    calibrator = fit_calibrator(experiment.calibration, scores, prepared.labels[rows])
    return fitted if calibrator is None else Calibrated(fitted, calibrator)


def _of_folds(experiment: Experiment, prepared: Prepared, held: list[Probabilities]) -> dict[str, float]:
    """Means and deviations of the folds' metrics; each fold is calibrated by the others. None without folds."""
    labels = [prepared.labels[fold.held] for fold in prepared.folds]
    threshold = threshold_of(experiment.costs)
    folds: list[dict[str, float]] = []
    for place, scores in enumerate(held):
        others = [other for other in range(len(held)) if other != place]
        calibrator = fit_calibrator(
            experiment.calibration,
            np.concatenate([held[other] for other in others]),
            np.concatenate([labels[other] for other in others]),
        )
        probabilities = scores if calibrator is None else calibrator.apply(scores)
        folds.append(evaluate(labels[place], probabilities, threshold, experiment.costs))
    metrics: dict[str, float] = {}
    for name in folds[0] if folds else ():
        values = [fold[name] for fold in folds]
        metrics[f"cv_{name}"] = float(np.mean(values))
        metrics[f"cv_{name}_deviation"] = float(np.std(values, ddof=1))
    return metrics
