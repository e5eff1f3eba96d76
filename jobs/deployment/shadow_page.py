"""The comparison as a page. Pure."""

from __future__ import annotations

from jobs.deployment.figures import Side
from jobs.deployment.ledger import Rollout
from jobs.deployment.shadow import Comparison, Paired
from jobs.reports.page import Grid, Page, Section, Text

MARKS = {"pass": "good", "fail": "bad", "inconclusive": "inconclusive"}


def page_of(rollout: Rollout, found: Comparison) -> Page:
    """Verdict, the paired rows, and how both servers did."""
    order = rollout.order
    mirror = order.steps[0].mirror
    about = (
        f"{mirror} % of the requests were copied to version {found.version} from {order.time:%Y-%m-%d %H:%M} UTC; "
        f"clients were answered by version {found.stable} alone."
    )
    page = Page(f"Shadow of {order.model} version {found.version}", about)
    reasons = [Text(reason) for mark in rollout.marks for reason in mark.reasons]
    page.sections.append(Section("Verdict", [Text(found.verdict, MARKS[found.verdict]), *reasons]))
    page.sections.append(_answers(found))
    servers = [_server(found.stable, found.stable_side), _server(found.version, found.new)]
    page.sections.append(Section("Servers", tables=[Grid(SERVERS, servers)]))
    return page


SERVERS = ("version", "requests", "errors", "median ms", "p95 ms")


def _answers(found: Comparison) -> Section:
    if found.paired is None:
        lines = [Text("No row can be paired, so only the servers' own counts are compared.", "inconclusive")]
        if found.ks is not None and found.p is not None:
            lines.append(Text(f"Predictions moved by {found.ks:.3f} (Kolmogorov-Smirnov, p = {found.p:.2g})."))
        return Section("Answers", [*lines, *_dropped(found)])
    return Section("Answers", _dropped(found), tables=[Grid(("what", "figure"), _rows(found.paired))])


def _dropped(found: Comparison) -> list[Text]:
    told = "Left out, since their request id came more than once with the same input"
    return [Text(f"{told}: {found.dropped:,} rows.", "inconclusive")] if found.dropped else []


def _rows(paired: Paired) -> list[tuple[str, str]]:
    low, high = paired.differing_interval
    below, above = paired.mean_interval
    return [
        ("rows answered by both", f"{paired.rows:,}"),
        ("with another label", f"{paired.differing:,} ({paired.differing_share:.2%}; 95 %: {low:.2%} to {high:.2%})"),
        ("mean difference of the probability", f"{paired.mean_difference:+.4f} (95 %: {below:+.4f} to {above:+.4f})"),
        ("largest difference", f"{paired.largest_difference:.4f}"),
        ("distance of the distributions (KS)", f"{paired.ks:.4f}, p = {paired.p:.2g}"),
    ]


def _server(version: str, side: Side) -> tuple[str, str, str, str, str]:
    times = [f"{side.seconds.quantile(share) * 1000:.2f}" if side.seconds.total else "-" for share in (0.5, 0.95)]
    return (version, f"{side.requests:,}", f"{side.errors:,}", times[0], times[1])
