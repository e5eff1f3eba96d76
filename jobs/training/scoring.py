"""The score of one candidate by cross-validation: no bundle, no plots, no MLflow; for tuning and for workers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jobs.datasets.fit import fit_features
from jobs.datasets.table import Table
from jobs.features.encoder import Encoder, Matrix
from jobs.features.spec import FeatureSpec
from jobs.training.candidates import fit
from jobs.training.config import CandidateConfig, Costs, Experiment, Metric
from jobs.training.fitted import Labels, Probabilities
from jobs.training.folds import Fold, make_folds
from jobs.training.metrics import evaluate
from jobs.training.split import Parts, split_rows


@dataclass(frozen=True)
class Prepared:
    """What all candidates of an experiment share. `matrix` and `labels` hold every row of the table.

    `folds` divide the training rows; they are empty unless the config has `cross_validation`.
    """

    spec: FeatureSpec
    matrix: Matrix
    labels: Labels
    parts: Parts
    folds: tuple[Fold, ...]


def prepare(experiment: Experiment, table: Table, folds: int | None = None) -> Prepared:
    """Split, features, encoded matrix and folds; `folds` overrides the config's number. Raises DataError."""
    parts = split_rows(table.target, experiment.split.valid, experiment.split.test, experiment.seed)
    spec = fit_features(table.take(parts.train))
    asked = experiment.cross_validation.folds if experiment.cross_validation else None
    count = folds or asked
    divided = make_folds(table.target, parts.train, count, experiment.seed) if count else ()
    return Prepared(spec, Encoder(spec).columns(table.columns), table.target, parts, divided)


def score(
    candidate: CandidateConfig,
    matrix: Matrix,
    labels: Labels,
    folds: Sequence[Fold],
    metric: Metric,
    seed: int,
    costs: Costs | None = None,
) -> list[float]:
    """The metric on the held rows of each fold, in their order; see `scores`."""
    return list(scores(candidate, matrix, labels, folds, metric, seed, costs))


def scores(
    candidate: CandidateConfig,
    matrix: Matrix,
    labels: Labels,
    folds: Sequence[Fold],
    metric: Metric,
    seed: int,
    costs: Costs | None = None,
) -> Iterator[float]:
    """Yields after each fold, so that a pruner can stop in between. Same arguments, same values.

    `f1`, `accuracy` and `cost` are taken at the threshold that is best for true probabilities (`threshold_of`);
    choosing it on the held rows would flatter. Without `costs` both errors cost 1.
    """
    given = costs or Costs(false_positive=1, false_negative=1)
    for fold in folds:
        probabilities = fold_probabilities(candidate, matrix, labels, fold, seed)
        yield evaluate(labels[fold.held], probabilities, threshold_of(given), given)[metric]


def fold_probabilities(
    candidate: CandidateConfig, matrix: Matrix, labels: Labels, fold: Fold, seed: int
) -> Probabilities:
    """Fitted on `fold.fit` → probabilities of `fold.held`, in its order."""
    return fit(candidate, matrix[fold.fit], labels[fold.fit], seed).probabilities(matrix[fold.held])


def threshold_of(costs: Costs) -> float:
    """Where the expected costs of both answers are equal, if the probability is true (Elkan 2001)."""
    return costs.false_positive / (costs.false_positive + costs.false_negative)
