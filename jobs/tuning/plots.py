"""Plots of a study as PNG files; no display is needed and no figure stays open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from optuna.trial import FrozenTrial, TrialState

from jobs.tuning.studies import Found, StudyError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 110


def write(found: Found, folder: Path) -> list[Path]:
    """`history.png`, `slices.png` and, with two different values at least, `importance.png`. Raises StudyError."""
    trials = [trial for trial in found.live.get_trials(deepcopy=False) if trial.state is TrialState.COMPLETE]
    if not trials:
        raise StudyError("nothing to plot", given=f"study {found.asked.study.study} has no complete trial",
                         change="run it first")  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    plots: dict[str, Callable[[], Figure]] = {
        "history": lambda: history(trials, found.asked.metric, found.asked.lower_is_better),
        "slices": lambda: slices(trials, found.asked.metric),
    }
    if len({trial.value for trial in trials}) > 1:
        plots["importance"] = lambda: importance(found)
    written = []
    for name, draw in plots.items():
        path = folder / f"{name}.png"
        draw().savefig(path, dpi=DPI, bbox_inches="tight")
        written.append(path)
    return written


def history(trials: Sequence[FrozenTrial], metric: str, lower_is_better: bool) -> Figure:
    """Every value, and the best so far."""
    figure, axes = _figure(1, 1)
    numbers = [trial.number for trial in trials]
    values = np.array([trial.value for trial in trials], dtype=np.float64)
    best = np.minimum.accumulate(values) if lower_is_better else np.maximum.accumulate(values)
    axes[0].scatter(numbers, values, s=14, label="trial")
    axes[0].step(numbers, best, where="post", color="tab:red", label="best so far")
    axes[0].set(xlabel="trial", ylabel=metric)
    axes[0].legend()
    return figure


def slices(trials: Sequence[FrozenTrial], metric: str) -> Figure:
    """The value over each parameter."""
    from matplotlib.ticker import NullFormatter

    names = sorted({name for trial in trials for name in trial.params})
    figure, axes = _figure(-(-len(names) // 3), min(3, len(names)))
    for place, name in zip(axes, names, strict=False):
        drawn = [trial for trial in trials if name in trial.params]
        given = [trial.params[name] for trial in drawn]
        place.scatter(given, [trial.value for trial in drawn], c=[trial.number for trial in drawn], s=14)
        if getattr(drawn[0].distributions[name], "log", False):
            place.set_xscale("log")
            # Between two powers of ten its numbers would stand on each other.
            place.xaxis.set_minor_formatter(NullFormatter())
        place.set(xlabel=name, ylabel=metric)
    for place in axes[len(names) :]:
        place.set_axis_off()
    return figure


def importance(found: Found) -> Figure:
    """Share of each parameter that all trials have in how good a value is (PED-ANOVA)."""
    import optuna

    shares = optuna.importance.get_param_importances(found.live)
    figure, axes = _figure(1, 1)
    axes[0].barh(list(shares)[::-1], list(shares.values())[::-1])
    axes[0].set(xlabel="importance")
    return figure


def _figure(rows: int, columns: int) -> tuple[Figure, list[Any]]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.2 * max(columns, 1.6), 3.2 * rows), layout="constrained")
    return figure, list(np.ravel(figure.subplots(rows, columns, squeeze=False)))
