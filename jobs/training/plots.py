"""Draws a candidate's held-out figures as PNG; no display, no state shared between figures."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from jobs.training.curves import Ranking, Reliability
from jobs.training.importance import Importance

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Of features, so that the names stay readable.
SHOWN = 20
INK, CHANCE, POINT = "#1f4e79", "#9a9a9a", "#c0392b"


def roc(curve: Ranking, threshold: float, title: str) -> bytes:
    figure, axes = _square("false positive rate", "true positive rate", title)
    axes.plot([0, 1], [0, 1], color=CHANCE, linestyle="--", label="chance")
    axes.plot(curve.false_positive_rate, curve.true_positive_rate, color=INK)
    _point(axes, curve, curve.false_positive_rate, curve.true_positive_rate, threshold)
    axes.legend(loc="lower right")
    return _png(figure)


def precision_recall(curve: Ranking, threshold: float, share: float, title: str) -> bytes:
    """`share` of positives: the precision of chance."""
    figure, axes = _square("recall", "precision", title)
    axes.axhline(share, color=CHANCE, linestyle="--", label="chance")
    axes.step(curve.true_positive_rate, curve.precision, where="pre", color=INK)
    _point(axes, curve, curve.true_positive_rate, curve.precision, threshold)
    axes.legend(loc="upper right")
    return _png(figure)


def calibration(groups: Reliability, title: str) -> bytes:
    figure, axes = _square("mean probability told", "share that came true", title)
    axes.plot([0, 1], [0, 1], color=CHANCE, linestyle="--", label="true probabilities")
    errors = [groups.came - groups.low, groups.high - groups.came]
    axes.errorbar(groups.told, groups.came, yerr=errors, color=INK, marker="o", capsize=3, label="tenths, 95 %")
    axes.legend(loc="upper left")
    return _png(figure)


def importance(found: list[Importance], metric: str, title: str) -> bytes:
    """A bar for each feature, the most important above."""
    from matplotlib.figure import Figure

    shown = found[:SHOWN][::-1]
    figure = Figure(figsize=(7, 1.5 + 0.3 * len(shown)), dpi=100, layout="constrained")
    axes = figure.add_subplot()
    axes.barh(
        [one.feature for one in shown], [one.loss for one in shown], xerr=[one.deviation for one in shown], color=INK
    )
    axes.axvline(0, color=CHANCE)
    axes.set(xlabel=f"loss of {metric} when shuffled", title=title)
    return _png(figure)


def _square(x: str, y: str, title: str) -> tuple[Figure, Axes]:
    # Not through pyplot: it looks for a display and keeps every figure.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 6), dpi=100, layout="constrained")
    axes = figure.add_subplot()
    axes.set(xlabel=x, ylabel=y, title=title, xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    axes.grid(alpha=0.3)
    return figure, axes


def _point(axes: Axes, curve: Ranking, x: object, y: object, threshold: float) -> None:
    import numpy as np

    at = curve.at(threshold)
    label = f"threshold {threshold:.2f}"
    axes.plot([np.asarray(x)[at]], [np.asarray(y)[at]], "o", color=POINT, label=label)


def _png(figure: Figure) -> bytes:
    """Equal bytes for equal figures."""
    target = io.BytesIO()
    figure.savefig(target, format="png", metadata={"Software": None})
    return target.getvalue()
