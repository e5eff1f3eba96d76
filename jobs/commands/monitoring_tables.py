"""What `mlops monitor` prints of predictions and their outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.commands.output import table

if TYPE_CHECKING:
    from jobs.monitoring.measure import Measured
    from jobs.monitoring.performance import Figure, Performance


def measured_table(measured: Measured) -> None:
    """Counts, then figures of each step, of each version and of all."""
    counts(measured)
    table(
        ["from", "rows", "accuracy", "ROC-AUC", "Brier", "calibration error"],
        [
            [name, *_cells(found)]
            for name, found in [
                *((f"{step.start:%Y-%m-%d %H:%M}", step.performance) for step in measured.steps),
                *((f"version {version}", found) for version, found in measured.versions.items()),
                *([("all", measured.overall)] if measured.overall else []),
            ]
        ],
    )


def counts(measured: Measured) -> None:
    """How many predictions met an outcome."""
    found = measured.counts
    print(
        f"{measured.model} from {measured.start:%Y-%m-%d %H:%M} UTC: {found.predictions} predictions, "
        f"{found.matched} with an outcome ({found.late} too late, {found.corrected} corrected); "
        f"{found.unmatched} outcomes of no prediction here"
    )


def _cells(found: Performance) -> list[str]:
    error = found.calibration_error
    figures = [_figure(one) for one in (found.accuracy, found.roc_auc, found.brier)]
    return [str(found.rows), *figures, "-" if error is None else f"{error:.3f}"]


def _figure(figure: Figure | None) -> str:
    return f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})" if figure else "-"
