"""An examination as a page for people who were not there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from jobs.audit.entry import Entry
from jobs.audit.query import MOVED, REFUSED
from jobs.registry.examination import Examination, Examined, holders
from jobs.registry.live import ANCHOR_TAG
from jobs.registry.promotion import GATE_TAG
from jobs.reports.page import Grid, Page, Section, Text
from jobs.reports.plot import Axis, Line, Point, day, plot
from jobs.training.record import DATA_TAG

SHOWN = ("test_roc_auc", "test_average_precision", "test_log_loss", "test_brier", "test_cost")
LONG = 300


def page_of(found: Examination, now: datetime) -> Page:
    """Every section is there, also when it has nothing to show."""
    sections = [
        _verdict(found), _aliases(found), _versions(found.versions), _quality(found.versions),
        _decisions(found.entries), _history(found.entries), *(_detail(one) for one in found.versions),
    ]  # fmt: skip
    about = f"{len(found.versions)} versions, {len(found.entries)} entries of the audit trail; made {now:%F %H:%M} UTC"
    return Page(f"Audit of the model {found.model}", about, sections)


def _verdict(found: Examination) -> Section:
    lines = [Text(problem, "bad") for problem in found.problems] or [
        Text("Every version's files match the digest they were registered with.", "good"),
        Text("The audit trail is one whole chain, and the registry stands as it says.", "good"),
    ]
    return Section("What was found", [*lines, Text(f"Last entry of the trail: {found.head or 'none'}")])


def _aliases(found: Examination) -> Section:
    rows = [
        [alias, version, entry.time[:19], entry.actor, entry.facts.get("why", ""), entry.facts.get("reason", "")]
        for alias, (version, entry) in holders(found).items()
    ]
    return Section(
        "What is in production", _none(rows), [Grid(["alias", "version", "since", "by", "how", "why"], rows)]
    )


def _versions(versions: Iterable[Examined]) -> Section:
    rows = [
        [
            one.version.version, ", ".join(one.version.aliases) or ("archived" if one.version.archived else ""),
            _day(one.version.created), one.version.bundle[:12], one.version.tags.get(DATA_TAG, "")[:12],
            *(f"{one.metrics[name]:.4f}" if name in one.metrics else "" for name in SHOWN), one.version.note[:LONG],
        ]
        for one in versions
    ]  # fmt: skip
    header = ["version", "alias", "registered", "bundle", "data", *SHOWN, "note"]
    return Section("Versions", _none(rows), [Grid(header, rows)])


def _quality(versions: Iterable[Examined]) -> Section:
    points = [
        Point(
            one.version.created / 1000, one.metrics["test_roc_auc"], one.metrics.get("test_roc_auc_low"),
            one.metrics.get("test_roc_auc_high"),
        )
        for one in versions
        if "test_roc_auc" in one.metrics
    ]  # fmt: skip
    line = Line("test ROC-AUC", sorted(points, key=lambda point: point.x))
    return Section(
        "Quality", plots=[plot("ROC-AUC on held-out rows", [line], Axis("registered", day), Axis("ROC-AUC"))]
    )


def _decisions(entries: Iterable[Entry]) -> Section:
    rows = []
    for entry in entries:
        gate = entry.facts.get("gate")
        if entry.action not in (MOVED, REFUSED) or "verdict" not in entry.facts:
            continue
        gains = gate["gains"] if gate else []
        told = "; ".join(
            f"{one['metric']} {one['champion']:.4f} → {one['challenger']:.4f} (surely {one['low']:+.4f})"
            for one in gains
        )
        because = entry.facts.get("reason") or "; ".join(gate["reasons"] if gate else [])
        rows.append([
            entry.time[:19], entry.actor, entry.facts.get("to"), entry.facts.get("from") or "", entry.facts["verdict"],
            told, because,
        ])  # fmt: skip
    header = ["time", "by", "challenger", "champion", "decision", "figures", "because"]
    return Section("Decisions", _none(rows), [Grid(header, rows)])


def _history(entries: Iterable[Entry]) -> Section:
    rows = [
        [one.seq, one.time[:19], one.actor, one.action, one.subject, _short(one.facts), one.sha256[:12]]
        for one in entries
    ]
    header = ["entry", "time", "by", "what", "of", "facts", "sha256"]
    return Section("Everything that was done", _none(rows), [Grid(header, rows)])


def _detail(one: Examined) -> Section:
    version = one.version
    facts: dict[str, object] = {
        "run": version.run_id or "none", "source": version.source, "data": one.source, "bundle": version.bundle,
        "files": one.problem or "match the digest",
        **{key: value[:LONG] for key, value in version.tags.items() if key not in (GATE_TAG, ANCHOR_TAG)},
        **{f"parameter {key}": value for key, value in one.params.items()},
    }  # fmt: skip
    return Section(f"Version {version.version}", tables=[Grid(["", ""], [[key, facts[key]] for key in facts])])


def _none(rows: Sequence[Sequence[object]]) -> list[Text]:
    return [] if rows else [Text("nothing", "none")]


def _short(facts: dict[str, object]) -> str:
    text = json.dumps({key: value for key, value in facts.items() if key != "gate"}, ensure_ascii=False)
    return text if len(text) <= LONG else f"{text[:LONG]}…"


def _day(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d}"
