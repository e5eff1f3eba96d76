"""Permutation importance of raw features: how much worse the served model is when one feature's values are shuffled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jobs.bundle.scorer import Scorer
from jobs.features.encoder import Matrix
from jobs.features.spec import FeatureSpec, NumericFeature
from jobs.training.config import LOWER_IS_BETTER, Costs, Metric
from jobs.training.metrics import Labels, evaluate

REPEATS = 5
# Evenly spread; more would refine figures that the shuffles blur anyway, at 5 predictions a feature and row.
MOST_ROWS = 5000


@dataclass(frozen=True)
class Importance:
    """Mean loss of the metric over the shuffles, and their standard deviation; above 0 the feature helps."""

    feature: str
    loss: float
    deviation: float


def importances(
    scorer: Scorer, matrix: Matrix, labels: Labels, metric: Metric, costs: Costs, seed: int
) -> list[Importance]:
    """Of every raw feature, the most important first; a category's encoded columns are shuffled together."""
    threshold = scorer.manifest.threshold
    step = -(-len(matrix) // MOST_ROWS)
    matrix, labels = matrix[::step], labels[::step]

    def value(rows: Matrix) -> float:
        return evaluate(labels, scorer.probabilities(rows), threshold, costs)[metric]

    generator = np.random.default_rng(seed)
    sign = -1.0 if metric in LOWER_IS_BETTER else 1.0
    whole = value(matrix)
    found: list[Importance] = []
    for name, columns in _places(scorer.manifest.features):
        losses: list[float] = []
        for _ in range(REPEATS):
            shuffled = matrix.copy()
            shuffled[:, columns] = matrix[generator.permutation(len(matrix)), columns]
            losses.append(sign * (whole - value(shuffled)))
        found.append(Importance(name, float(np.mean(losses)), float(np.std(losses, ddof=1))))
    return sorted(found, key=lambda one: (-one.loss, one.feature))


def _places(spec: FeatureSpec) -> list[tuple[str, slice]]:
    """Each raw feature with its columns of the matrix."""
    places: list[tuple[str, slice]] = []
    offset = 0
    for feature in spec.features:
        width = 1 if isinstance(feature, NumericFeature) else len(feature.categories)
        places.append((feature.name, slice(offset, offset + width)))
        offset += width
    return places
