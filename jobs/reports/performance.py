"""Sections of a report about predictions whose outcome is known."""

from __future__ import annotations

from jobs.monitoring.config import PerformanceConfig
from jobs.monitoring.measure import Measured
from jobs.monitoring.performance import Figure, Performance
from jobs.reports.page import Grid, Section, Text
from jobs.reports.plot import Axis, Line, Point, day, hour, plot

HEADER = ("rows", "positive", "accuracy", "ROC-AUC", "Brier", "gap", "calibration error")


def sections(measured: Measured, config: PerformanceConfig) -> list[Section]:
    """Verdict, figures over time, calibration, versions."""
    found = [_verdict(measured)]
    if measured.overall:
        found += [_over_time(measured, config), _calibration(measured.overall), _versions(measured)]
    return found


def _verdict(measured: Measured) -> Section:
    counts, verdict = measured.counts, measured.verdict
    joined = (
        f"{counts.predictions} predictions, {counts.matched} of them with an outcome; {counts.late} outcomes came too "
        f"late, {counts.corrected} were corrected, {counts.unmatched} belong to no prediction here."
    )
    rows = [
        (one.name, "-" if one.value is None else f"{one.value:.4f}",
         f"{'at least' if one.at_least else 'at most'} {one.limit}", one.verdict)
        for one in verdict.judgements
    ]  # fmt: skip
    tables = [Grid(("figure", "value", "limit", "verdict"), rows)] if rows else []
    judged = f"Version {measured.version}" if measured.version else "The model"
    said = Text(f"{judged} is {verdict.verdict}: {verdict.reason}", verdict.verdict)
    return Section("How good the model is", [said, Text(joined)], tables)


def _over_time(measured: Measured, config: PerformanceConfig) -> Section:
    write = hour if config.step == "hour" else day
    across = Axis(f"time of the prediction (UTC), by {config.step}", write)
    plots = []
    for title, limit in (("accuracy", config.limits.accuracy), ("ROC-AUC", config.limits.roc_auc),
                         ("Brier", config.limits.brier)):  # fmt: skip
        points = [
            Point(step.start.timestamp(), figure.value, figure.low, figure.high)
            for step in measured.steps if (figure := _figure(step.performance, title))
        ]  # fmt: skip
        lines = [Line(title, points)]
        if limit is not None and points:
            lines.append(Line("limit", [Point(one.x, limit) for one in (points[0], points[-1])], dashed=True))
        plots.append(plot(f"{title} over time", lines, across, Axis(title)))
    outcomes = Line("outcomes", [Point(step.start.timestamp(), step.performance.rows) for step in measured.steps])
    plots.append(plot("predictions with an outcome", [outcomes], across, Axis("predictions with an outcome"), 0.0))
    return Section("Over time", [Text("The shade is the interval that holds the true value in 95 of 100 cases.")],
                   plots=plots)  # fmt: skip


def _figure(found: Performance, title: str) -> Figure | None:
    return {"accuracy": found.accuracy, "ROC-AUC": found.roc_auc, "Brier": found.brier}[title]


def _calibration(found: Performance) -> Section:
    observed = [Point(one.predicted, one.observed.value, one.observed.low, one.observed.high) for one in found.bins]
    perfect = [Point(0.0, 0.0), Point(1.0, 1.0)]
    picture = plot(
        "calibration", [Line("observed", observed), Line("calibrated", perfect, dashed=True)],
        Axis("mean probability", lambda number: f"{number:.2f}"), Axis("share that came true"), 0.0,
    )  # fmt: skip
    gap = found.gap
    line = f"Mean probability less outcome: {gap.value:+.3f} ({gap.low:+.3f} to {gap.high:+.3f})."
    return Section("Calibration", [Text(line)], plots=[picture])


def _versions(measured: Measured) -> Section:
    rows = [(f"version {name}", *cells(one)) for name, one in measured.versions.items()]
    if measured.overall:
        rows.append(("all", *cells(measured.overall)))
    return Section("By version", tables=[Grid(("", *HEADER), rows)])


def cells(found: Performance) -> list[object]:
    """As HEADER has them."""
    error = found.calibration_error
    figures = [
        f"{one.value:.3f} ({one.low:.3f} to {one.high:.3f})" if one else "-"
        for one in (found.accuracy, found.roc_auc, found.brier, found.gap)
    ]
    return [found.rows, found.positives, *figures, "-" if error is None else f"{error:.3f}"]
