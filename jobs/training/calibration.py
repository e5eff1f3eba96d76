"""Maps a candidate's scores to probabilities that come true; fitted on rows that the candidate was not fitted on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jobs.training.config import Calibration
from jobs.training.fitted import Labels, Probabilities

# A score nearer to 0 or 1 is taken as this near: log-odds stay finite.
EDGE = 1e-6
# Between two levels of an isotonic fit. Steeper is noise of the calibration rows, and would multiply the last places in
# which ONNX's float32 scores differ from the library's (3e-7 seen): the proof allows 1e-6.
STEEPEST = 3.0
# Newton's method: the last step's size, and a bound on steps that six usually reach.
ENOUGH = 1e-10
STEPS = 100


@dataclass(frozen=True)
class Sigmoid:
    """Platt's map on log-odds: 1 / (1 + exp(-line)) with line = slope · log-odds + intercept."""

    slope: float
    intercept: float

    def apply(self, scores: Probabilities) -> Probabilities:
        return self.of_log_odds(log_odds(scores))

    def of_log_odds(self, odds: Probabilities) -> Probabilities:
        return _sigmoid(self.slope * odds + self.intercept)


@dataclass(frozen=True)
class Isotonic:
    """Lines between (knots, values), both rising from knot 0 to knot 1."""

    knots: tuple[float, ...]
    values: tuple[float, ...]

    def apply(self, scores: Probabilities) -> Probabilities:
        return np.interp(scores, self.knots, self.values)


Calibrator = Sigmoid | Isotonic


def fit_calibrator(kind: Calibration, scores: Probabilities, labels: Labels) -> Calibrator | None:
    """None for kind `none`. Scores and labels of shape (rows,); labels must hold both classes."""
    if kind == "none":
        return None
    return _platt(scores, labels) if kind == "sigmoid" else _isotonic(scores, labels)


def log_odds(scores: Probabilities) -> Probabilities:
    """Probabilities → log-odds, finite."""
    clipped = np.clip(scores, EDGE, 1 - EDGE)
    odds: Probabilities = np.log(clipped / (1 - clipped))
    return odds


def _platt(scores: Probabilities, labels: Labels) -> Sigmoid:
    """Newton's method with Platt's targets (1999), which keep a perfect separation finite.

    A slope below 0 would turn the ranking round: scores that are worse than chance become one constant.
    """
    positive = float(labels.sum())
    negative = len(labels) - positive
    targets = np.where(labels == 1, (positive + 1) / (positive + 2), 1 / (negative + 2))
    odds = np.column_stack([log_odds(scores), np.ones(len(scores))])
    slope, intercept = _newton(odds, targets).tolist()
    if slope <= 0:
        mean = float(targets.mean())
        return Sigmoid(0.0, float(np.log(mean / (1 - mean))))
    return Sigmoid(slope, intercept)


def _newton(matrix: Probabilities, targets: Probabilities) -> Probabilities:
    """Weights of the logistic regression of `targets`; a step is halved until the loss falls."""

    def loss(at: Probabilities) -> float:
        line = matrix @ at
        return float(np.sum(np.logaddexp(0, line) - targets * line))

    weights = np.zeros(matrix.shape[1])
    for _ in range(STEPS):
        told = _sigmoid(matrix @ weights)
        # The small diagonal keeps scores that are all equal solvable.
        curvature = (matrix * (told * (1 - told))[:, None]).T @ matrix + 1e-9 * np.eye(matrix.shape[1])
        step = np.linalg.solve(curvature, matrix.T @ (told - targets))
        while np.abs(step).max() > ENOUGH and loss(weights - step) > loss(weights):
            step = step / 2
        weights = weights - step
        if np.abs(step).max() <= ENOUGH:
            break
    return weights


def _isotonic(scores: Probabilities, labels: Labels) -> Isotonic:
    """Centred isotonic regression (Oron and Flournoy 2017): lines between the centres of the levels.

    Plain isotonic regression gives many customers one probability and loses their ranking; this one rises strictly.
    One positive at the lowest score and one negative at the highest keep every value off 0 and 1.
    """
    from sklearn.isotonic import isotonic_regression

    order = np.argsort(scores, kind="stable")
    x = np.concatenate([scores[order][:1], scores[order], scores[order][-1:]])
    y = np.concatenate([[1.0], labels[order], [0.0]])
    x, group = np.unique(x, return_inverse=True)
    rows = np.bincount(group).astype(np.float64)
    y = np.bincount(group, weights=y) / rows
    level = isotonic_regression(y, sample_weight=rows)
    _, block = np.unique(level, return_inverse=True)
    weight = np.bincount(block, weights=rows).astype(np.float64)
    knots, values = _flattened(
        np.bincount(block, weights=rows * x) / weight, np.bincount(block, weights=rows * y) / weight, weight
    )
    # Beyond the outer levels as steep as allowed, towards 0 and 1.
    low = max(0.0, values[0] - STEEPEST * knots[0])
    high = min(1.0, values[-1] + STEEPEST * (1 - knots[-1]))
    inner = [(knot, value) for knot, value in zip(knots, values, strict=True) if 0 < knot < 1]
    return Isotonic((0.0, *(knot for knot, _ in inner), 1.0), (low, *(value for _, value in inner), high))


def _flattened(knots: Probabilities, values: Probabilities, weights: Probabilities) -> tuple[list[float], list[float]]:
    """Merges the steepest neighbours until no line is steeper than `STEEPEST`."""
    x, y, w = knots.tolist(), values.tolist(), weights.tolist()
    while len(x) > 1:
        slopes = [(y[place + 1] - y[place]) / (x[place + 1] - x[place]) for place in range(len(x) - 1)]
        at = int(np.argmax(slopes))
        if slopes[at] <= STEEPEST:
            break
        both = w[at] + w[at + 1]
        x[at : at + 2] = [(w[at] * x[at] + w[at + 1] * x[at + 1]) / both]
        y[at : at + 2] = [(w[at] * y[at] + w[at + 1] * y[at + 1]) / both]
        w[at : at + 2] = [both]
    return x, y


def _sigmoid(line: Probabilities) -> Probabilities:
    told: Probabilities = 1 / (1 + np.exp(-line))
    return told
