"""A drift report as an HTML page. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from jobs.reports.page import Grid, Page, Section, Text

MARKS = {"drift": "bad", "stable": "good", "inconclusive": "inconclusive"}
WIDTH, ROW, NAME = 720, 22, 190


def page_of(report: Mapping[str, Any]) -> Page:
    """The verdict, every feature in one table, and bins of those that are not plainly stable."""
    about = (
        f"{report['current']}, {report['rows']:,} rows, against version {report['version']} "
        f"({report['referenceRows']:,} rows). At most {report['alpha']:.1%} false alarms, {report['correction']}. "
        f"{report.get('time', '')}"
    )
    page = Page(f"Drift of {report['model']}", about)
    lines = [Text(f"Verdict: {report['verdict']}", MARKS[report["verdict"]])]
    lines += [Text(reason, "inconclusive") for reason in report["reasons"]]
    page.sections.append(Section("Verdict", lines))
    page.sections.append(
        Section("Features", tables=[Grid(HEADER, [_row(feature) for feature in report["features"]])])
    )  # fmt: skip
    for part in ("prediction", "label", "performance"):
        if part in report:
            page.sections.append(_part(part, report[part]))
    for feature in report["features"]:
        if feature["verdict"] != "stable":
            lines = [Text(feature["reason"], "inconclusive")] if feature["reason"] else []
            if feature["new"]:
                lines.append(Text(f"New: {', '.join(feature['new'])} ({feature['newShare']:.1%} of the rows)"))
            page.sections.append(
                Section(
                    feature["feature"], lines, [tests_of(feature["tests"])], [bars(feature["feature"], feature["bins"])]
                )
            )
    return page


HEADER = ("feature", "verdict", "PSI", "rows moved", "missing", "before", "least p", "adjusted")


def tests_of(tests: list[dict[str, Any]]) -> Grid:
    """What decided."""
    return Grid(
        ("test", "p", "adjusted", "effect", "drifted"),
        [
            (test["test"], f"{test['p']:.2g}", f"{test['adjusted']:.2g}", f"{test['effect']:.3f}", test["drifted"])
            for test in tests
        ],
    )


def bars(name: str, bins: list[dict[str, Any]]) -> str:
    """Shares of reference and current rows side by side in each bin, as SVG."""
    most = max((max(one["reference"], one["current"]) for one in bins), default=0.0) or 1.0
    height = ROW * len(bins) + 20
    parts = [f'<svg viewBox="0 0 {WIDTH} {height}" role="img"><title>{escape(name)}</title>']
    for place, one in enumerate(bins):
        top = place * ROW + 4
        parts.append(f'<text class="right" x="{NAME - 8}" y="{top + 8}">{escape(str(one["bin"])[:32])}</text>')
        for series, key in enumerate(("reference", "current")):
            wide = (WIDTH - NAME - 60) * one[key] / most
            parts.append(
                f'<rect class="t{series}" x="{NAME}" y="{top + 8 * series}" width="{wide:.1f}" height="7"/>'
                f'<text x="{NAME + wide + 4:.1f}" y="{top + 8 * series + 7}">{one[key]:.3f}</text>'
            )
    parts.append(f'<text x="{NAME}" y="{height - 4}">blue: reference, red: current</text></svg>')
    return "".join(parts)


def _row(feature: Mapping[str, Any]) -> tuple[object, ...]:
    tests = feature["tests"]
    return (
        feature["feature"], feature["verdict"], f"{feature['psi']:.3f}", f"{feature['effect']:.3f}",
        f"{feature['missing']:.1%}", f"{feature['referenceMissing']:.1%}",
        f"{min(test['p'] for test in tests):.2g}" if tests else "-",
        f"{min(test['adjusted'] for test in tests):.2g}" if tests else "-",
    )  # fmt: skip


def _part(name: str, part: Mapping[str, Any]) -> Section:
    said = Text(f"{name} {'has drifted' if part['drifted'] else 'is stable'}", "bad" if part["drifted"] else "good")
    plots = [bars(name, part["bins"])] if "bins" in part else []
    figures = []
    if name == "performance":
        before, now = part["reference"], part["current"]
        keys = ("rows", "positives", "roc_auc", "brier")
        figures = [Grid(("", *keys), [("before", *(before[k] for k in keys)), ("now", *(now[k] for k in keys))])]
    if name == "label":
        figures = [Grid(("positives before", "now"), [(f"{part['reference']:.1%}", f"{part['current']:.1%}")])]
    return Section(name.capitalize(), [said], [*figures, tests_of(part["tests"])], plots)
