"""Runs every candidate of an experiment on a table; writes bundles, knows nothing of MLflow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jobs.datasets.table import Table
from jobs.features.encoder import Encoder
from jobs.features.spec import FeatureSpec
from jobs.training.bundling import write_bundle
from jobs.training.candidates import fit
from jobs.training.config import LOWER_IS_BETTER, CandidateConfig, Experiment
from jobs.training.features import fit_features
from jobs.training.metrics import best_threshold, evaluate
from jobs.training.split import Parts, split_rows

Say = Callable[[str], None]


@dataclass(frozen=True)
class Trained:
    """One candidate's bundle and figures; metrics are named `valid_…` and `test_…`."""

    candidate: CandidateConfig
    folder: Path
    digest: str
    threshold: float
    metrics: dict[str, float]
    difference: float


def train(experiment: Experiment, table: Table, folder: Path, say: Say) -> list[Trained]:
    """Every candidate on the same split → bundles at `folder/<candidate>/bundle`. Raises DataError, TrainingError."""
    parts = split_rows(table.target, experiment.split.valid, experiment.split.test, experiment.seed)
    spec = fit_features(table.take(parts.train))
    return [
        _candidate(experiment, one, table, parts, spec, folder / one.name / "bundle", say)
        for one in experiment.candidates
    ]


def best(experiment: Experiment, results: list[Trained]) -> Trained:
    """The candidate with the best selection metric on the validation rows; of equals the first."""
    sign = 1.0 if experiment.select in LOWER_IS_BETTER else -1.0
    return min(results, key=lambda result: sign * result.metrics[f"valid_{experiment.select}"])


def _candidate(
    experiment: Experiment,
    candidate: CandidateConfig,
    table: Table,
    parts: Parts,
    spec: FeatureSpec,
    folder: Path,
    say: Say,
) -> Trained:
    say(f"{candidate.name}: fitting {candidate.kind} on {len(parts.train)} rows")
    matrix = Encoder(spec).columns(table.columns)
    labels = table.target
    fitted = fit(candidate, matrix[parts.train], labels[parts.train], experiment.seed)
    valid = fitted.probabilities(matrix[parts.valid])
    threshold = best_threshold(labels[parts.valid], valid, experiment.costs)
    metrics: dict[str, float] = {}
    for part, rows, probabilities in (
        ("valid", parts.valid, valid),
        ("test", parts.test, fitted.probabilities(matrix[parts.test])),
    ):
        figures = evaluate(labels[rows], probabilities, threshold, experiment.costs)
        metrics.update({f"{part}_{name}": value for name, value in figures.items()})
    digest, difference = write_bundle(
        folder, experiment, candidate, spec, fitted, threshold, table, table.take(parts.train)
    )
    say(
        f"{candidate.name}: test ROC-AUC {metrics['test_roc_auc']:.4f}, threshold {threshold:.2f}, "
        f"ONNX differs by {difference:.1e} at most, bundle {digest[:12]}"
    )
    return Trained(candidate, folder, digest, threshold, metrics, difference)
