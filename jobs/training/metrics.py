"""Metrics of probabilities against labels, and the threshold of least cost."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jobs.training.config import Costs

Probabilities = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int8]

# Two decimals: a finer threshold would fit the noise of the validation rows.
THRESHOLDS = tuple(round(step / 100, 2) for step in range(1, 100))


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
    from sklearn import metrics

    chosen = (probabilities >= threshold).astype(np.int8)
    return {
        "roc_auc": float(metrics.roc_auc_score(labels, probabilities)),
        "average_precision": float(metrics.average_precision_score(labels, probabilities)),
        "f1": float(metrics.f1_score(labels, chosen)),
        "log_loss": float(metrics.log_loss(labels, probabilities)),
        "brier": float(metrics.brier_score_loss(labels, probabilities)),
        "accuracy": float(metrics.accuracy_score(labels, chosen)),
        "cost": cost(labels, probabilities, threshold, costs),
    }
