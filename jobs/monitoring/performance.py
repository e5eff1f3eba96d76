"""How good predictions were: figures with 95 % intervals. Pure, numpy only; nothing is drawn at random.

Accuracy: Wilson's interval. ROC-AUC: DeLong's variance, on the scale of log odds. Brier score and gap: means of rows.
Calibration error: root of the mean squared gap over ten bins of equally many rows, less what chance alone puts into it
(Kumar, Liang, Ma 2019); near 0 for a calibrated model at any number of rows, which the usual error is not.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from jobs.drift.performance import performance_of

Z = 1.959963984540054
BINS = 10
# Fewer rows in a bin say nothing.
BIN_ROWS = 20

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Outcomes:
    """Labelled predictions, equally long: time (UTC), version, probability, predicted and actual class."""

    times: npt.NDArray[np.datetime64]
    versions: npt.NDArray[Any]
    probabilities: Floats
    predicted: Flags
    actual: Flags

    def take(self, rows: Flags) -> Outcomes:
        return Outcomes(
            self.times[rows], self.versions[rows], self.probabilities[rows], self.predicted[rows], self.actual[rows]
        )


@dataclass(frozen=True)
class Figure:
    """A value, and the interval that holds the true one in 95 of 100 cases."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Bin:
    """Rows of like probability: the mean of it, and the share that came true."""

    rows: int
    predicted: float
    observed: Figure


@dataclass(frozen=True)
class Performance:
    """Figures of some labelled rows; `roc_auc` needs both classes twice, `calibration_error` some rows in each bin.

    `gap`: mean probability less the share that came true.
    """

    rows: int
    positives: int
    accuracy: Figure
    brier: Figure
    gap: Figure
    roc_auc: Figure | None
    calibration_error: float | None
    bins: tuple[Bin, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def performance(outcomes: Outcomes) -> Performance | None:
    """None without rows."""
    rows = len(outcomes.actual)
    if rows == 0:
        return None
    actual = outcomes.actual.astype(np.float64)
    bins = _bins(outcomes.probabilities, actual)
    return Performance(
        rows=rows,
        positives=int(outcomes.actual.sum()),
        accuracy=share(int((outcomes.predicted == outcomes.actual).sum()), rows),
        brier=_mean((outcomes.probabilities - actual) ** 2, 0.0, 1.0),
        gap=_mean(outcomes.probabilities - actual, -1.0, 1.0),
        roc_auc=_roc_auc(outcomes.probabilities, actual),
        calibration_error=_calibration_error(bins),
        bins=bins,
    )


def share(count: int, rows: int) -> Figure:
    """Wilson's interval of count / rows; rows > 0."""
    p, z = count / rows, Z * Z / rows
    centre, half = p + z / 2, Z * math.sqrt(p * (1 - p) / rows + z / (4 * rows))
    return Figure(p, max(0.0, (centre - half) / (1 + z)), min(1.0, (centre + half) / (1 + z)))


def _mean(values: Floats, least: float, most: float) -> Figure:
    mean = float(values.mean())
    half = Z * float(values.std(ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else most - least
    return Figure(mean, max(least, mean - half), min(most, mean + half))


def _roc_auc(probabilities: Floats, actual: Floats) -> Figure | None:
    positives = int(actual.sum())
    if min(positives, len(actual) - positives) < 2:
        return None
    found = performance_of(probabilities, actual)
    auc = found.roc_auc
    if not 0.0 < auc < 1.0:
        # No spread can be seen in a perfect order; what `positives` rows exclude is told by the rule of three.
        edge = 3.0 / min(positives, len(actual) - positives)
        return Figure(auc, max(0.0, auc - edge), min(1.0, auc + edge))
    odds = math.log(auc / (1 - auc))
    half = Z * math.sqrt(found.roc_auc_variance) / (auc * (1 - auc))
    return Figure(auc, _logistic(odds - half), _logistic(odds + half))


def _logistic(odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-odds)) if odds > -700 else 0.0


def _bins(probabilities: Floats, actual: Floats) -> tuple[Bin, ...]:
    """Equal numbers of rows by rising probability; equal probabilities are never in two bins."""
    order = np.argsort(probabilities, kind="stable")
    p, y = probabilities[order], actual[order]
    count = min(BINS, max(1, len(p) // BIN_ROWS))
    starts = np.unique(np.searchsorted(p, p[(np.arange(count) * len(p)) // count], side="left"))
    ends = [*starts[1:].tolist(), len(p)]
    return tuple(
        Bin(end - start, float(p[start:end].mean()), share(int(y[start:end].sum()), end - start))
        for start, end in zip(starts.tolist(), ends, strict=True)
    )


def _calibration_error(bins: tuple[Bin, ...]) -> float | None:
    if any(one.rows < BIN_ROWS for one in bins):
        return None
    rows = sum(one.rows for one in bins)
    total = 0.0
    for one in bins:
        observed = one.observed.value
        chance = observed * (1 - observed) / (one.rows - 1)
        total += one.rows / rows * ((one.predicted - observed) ** 2 - chance)
    return math.sqrt(max(0.0, total))
