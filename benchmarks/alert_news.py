"""What a webhook was told of while parts were broken, and whether that was exactly what it should be. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.tables import markdown
from infra.observability.rules import ALERTS

FIRING, RESOLVED = "firing", "resolved"
# A service that waits for beats is told to be patient for three.
PATIENCE = 3


@dataclass(frozen=True)
class Notice:
    """One notification of Alertmanager: when it came, and what it said."""

    when: float
    alert: str
    status: str
    severity: str

    @classmethod
    def read(cls, when: float, body: Any) -> Notice:
        return cls(when, body["groupLabels"]["alertname"], body["status"], body["commonLabels"].get("severity", ""))


@dataclass(frozen=True)
class Seen:
    """Seconds from the break to the notice, and from the mending to the one that says it is over."""

    what: str
    alert: str
    told: float
    over: float


def first(notices: Iterable[Notice], alert: str, status: str, since: float) -> float | None:
    """When it was told of this alert for the first time since then."""
    return min(
        (one.when for one in notices if (one.alert, one.status) == (alert, status) and one.when >= since), default=None
    )


def about_the_month(alert: str) -> bool:
    """Budgets burn whatever part was broken: an alert about them is true, and is no second alert of that part."""
    return alert.startswith("Slo")


def problems(notices: Sequence[Notice], expected: Collection[str], before: Collection[str]) -> list[str]:
    """What is wrong with what was told; `before` was wrong when the drill began, so it is not judged."""
    severity = {alert.name: alert.severity.value for alert in ALERTS}
    begun = {one.alert for one in notices if one.status == FIRING}
    wrong = []
    for status in (FIRING, RESOLVED):
        told = [one for one in notices if one.status == status]
        for alert in sorted(expected):
            number = sum(one.alert == alert for one in told)
            if number != 1:
                wrong.append(f"{alert}, {status}: told {number} times, expected once")
        wrong += [
            f"{one.alert}, {status}: told, and nothing that was broken is its reason"
            for one in told
            if one.alert not in {*expected, *before}
            and not about_the_month(one.alert)
            # Alertmanager remembers over its restarts what it told: this is the end of what came before the drill.
            and one.alert in begun
        ]
    wrong += [
        f"{one.alert}: told as {one.severity or 'nothing'}, and is {severity.get(one.alert, 'no alert of ours')}"
        for one in notices
        if one.severity != severity.get(one.alert)
    ]
    return list(dict.fromkeys(wrong))


def longest(beats: Sequence[float], end: float) -> float:
    """The longest wait for a beat, until `end`."""
    return max((after - before for before, after in itertools.pairwise([*beats, end])), default=float("inf"))


def missed(beats: Sequence[float], end: float, seconds: int) -> list[str]:
    """What is wrong with the heartbeat."""
    wait = longest(beats, end)
    late = f"no beat of the watchdog for {wait:.0f} s: wanted is one every {seconds} s"
    return [late] if wait > PATIENCE * seconds else []


def besides(notices: Iterable[Notice], expected: Collection[str]) -> set[str]:
    """What else was told, and is allowed."""
    return {one.alert for one in notices} - set(expected)


def report(seen: Sequence[Seen], notices: Sequence[Notice], beats: str, machine: str) -> str:
    """The paragraph and the table of docs/alerts.md."""
    others = besides(notices, {one.alert for one in seen})
    rows = [[one.what, f"`{one.alert}`", f"{one.told:.0f} s", f"{one.over:.0f} s"] for one in sorted(seen, key=_told)]
    return (
        f"{machine} Broken were {len(seen)} parts. Each of these {len(seen)} alerts was told once, and once that it is"
        f" over. Told besides, because true before or about the budget of the month: {_named(others)}. {beats}\n\n"
        + markdown(["broken", "told", "after", "told to be over, after mending"], rows)
    )


def _told(seen: Seen) -> float:
    return seen.told


def _named(names: Collection[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names)) or "none"
