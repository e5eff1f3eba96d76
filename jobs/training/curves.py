"""Points of the curves that are drawn: ROC, precision over recall, calibration; numpy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jobs.training.metrics import Floats, Labels, Probabilities

# Two-sided 95 % of the normal distribution.
Z = 1.959964


@dataclass(frozen=True)
class Ranking:
    """At each distinct probability, from the highest: rows at or above it. Begins with none."""

    thresholds: Floats
    false_positive_rate: Floats
    true_positive_rate: Floats
    precision: Floats

    def at(self, threshold: float) -> int:
        """Place of the last point whose rows are all at or above the threshold."""
        return int(np.flatnonzero(self.thresholds >= threshold)[-1])


@dataclass(frozen=True)
class Reliability:
    """For groups of rows with neighbouring probabilities: what was told, what came, and its 95 % interval (Wilson)."""

    told: Floats
    came: Floats
    low: Floats
    high: Floats


def ranking(labels: Labels, probabilities: Probabilities) -> Ranking:
    """Labels must hold both classes."""
    order = np.argsort(-probabilities, kind="stable")
    last = np.flatnonzero(np.diff(probabilities[order], append=-np.inf))
    found = np.cumsum(labels[order], dtype=np.float64)[last]
    asked = last + 1.0
    return Ranking(
        np.concatenate([[np.inf], probabilities[order][last]]),
        np.concatenate([[0.0], (asked - found) / np.count_nonzero(labels == 0)]),
        np.concatenate([[0.0], found / np.count_nonzero(labels == 1)]),
        np.concatenate([[1.0], found / asked]),
    )


def reliability(labels: Labels, probabilities: Probabilities, groups: int = 10) -> Reliability:
    """Groups of equal size by rank; fewer groups for fewer rows."""
    parts = np.array_split(np.argsort(probabilities, kind="stable"), min(groups, len(labels)))
    rows = np.array([len(part) for part in parts], dtype=np.float64)
    told = np.array([probabilities[part].mean() for part in parts])
    came = np.array([labels[part].mean() for part in parts])
    centre = (came + Z**2 / (2 * rows)) / (1 + Z**2 / rows)
    half = Z * np.sqrt(came * (1 - came) / rows + Z**2 / (4 * rows**2)) / (1 + Z**2 / rows)
    # Rounding may put an end of 0 or 1 on its other side.
    return Reliability(told, came, np.minimum(centre - half, came), np.maximum(centre + half, came))
