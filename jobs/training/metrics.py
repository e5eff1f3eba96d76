"""Metrics of probabilities against labels, for weighted rows and many weightings at once, and the threshold of
least cost."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jobs.training.config import Costs

Probabilities = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float64]

# Two decimals: a finer threshold would fit the noise of the validation rows.
THRESHOLDS = tuple(round(step / 100, 2) for step in range(1, 100))
# What scikit-learn takes for a probability of 0, so that the log-loss of a wrong certainty is finite.
SURE = float(np.finfo(np.float64).eps)


def cost(labels: Labels, probabilities: Probabilities, threshold: float, costs: Costs) -> float:
    """Mean cost of a row at the threshold."""
    chosen = probabilities >= threshold
    wrong_positive = np.count_nonzero(chosen & (labels == 0))
    wrong_negative = np.count_nonzero(~chosen & (labels == 1))
    return float(wrong_positive * costs.false_positive + wrong_negative * costs.false_negative) / len(labels)


def best_threshold(labels: Labels, probabilities: Probabilities, costs: Costs) -> float:
    """The threshold of least cost; of equals the lowest."""
    return min(THRESHOLDS, key=lambda threshold: (cost(labels, probabilities, threshold, costs), threshold))


def evaluate(labels: Labels, probabilities: Probabilities, threshold: float, costs: Costs) -> dict[str, float]:
    """Every metric by name; labels must hold both classes."""
    once = np.ones((1, len(labels)))
    return {name: float(value[0]) for name, value in weighted(labels, probabilities, threshold, costs, once).items()}


def weighted(
    labels: Labels, probabilities: Probabilities, threshold: float, costs: Costs, weights: Floats
) -> dict[str, Floats]:
    """Every metric by name, shape (weightings,), for `weights` of shape (weightings, rows).

    A weight counts how often its row is there; each weighting must leave rows of both classes.
    """
    rows = weights.sum(axis=1)
    positive = weights @ labels
    negative = rows - positive
    chosen = probabilities >= threshold
    hit, alarm = weights @ (chosen & (labels == 1)), weights @ (chosen & (labels == 0))
    missed = positive - hit
    sure = np.clip(probabilities, SURE, 1 - SURE)
    surprise = -np.log(np.where(labels == 1, sure, 1 - sure))
    area, precision = _ranked(labels, probabilities, weights)
    return {
        "roc_auc": area / (positive * negative),
        "average_precision": precision / positive,
        "f1": 2 * hit / (2 * hit + alarm + missed),
        "log_loss": weights @ surprise / rows,
        "brier": weights @ (probabilities - labels) ** 2 / rows,
        "accuracy": (hit + negative - alarm) / rows,
        "cost": (alarm * costs.false_positive + missed * costs.false_negative) / rows,
    }


def _ranked(labels: Labels, probabilities: Probabilities, weights: Floats) -> tuple[Floats, Floats]:
    """Area under (false positives, true positives), and precision summed over the positives; equal scores together."""
    order = np.argsort(-probabilities, kind="stable")
    last = np.flatnonzero(np.diff(probabilities[order], append=-np.inf))
    ranked = weights[:, order]
    asked = np.cumsum(ranked, axis=1)[:, last]
    found = np.cumsum(ranked * labels[order], axis=1)[:, last]
    gained = np.diff(found, axis=1, prepend=0.0)
    wrong = np.diff(asked - found, axis=1, prepend=0.0)
    precision = np.divide(found, asked, out=np.zeros_like(found), where=asked > 0)
    return (wrong * (found - gained / 2)).sum(axis=1), (gained * precision).sum(axis=1)
