"""Which sets are kept. Pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Keep:
    """How many days, weeks and months keep their newest set."""

    daily: int = 7
    weekly: int = 4
    monthly: int = 12


def kept(times: Sequence[datetime], keep: Keep) -> dict[datetime, tuple[str, ...]]:
    """Time → why: the newest of each of the last days, weeks and months that have one. The newest of all always is."""
    reasons: dict[datetime, list[str]] = {}
    rules: tuple[tuple[str, int, Callable[[datetime], Hashable]], ...] = (
        ("daily", keep.daily, lambda time: time.date()),
        ("weekly", keep.weekly, lambda time: time.isocalendar()[:2]),
        ("monthly", keep.monthly, lambda time: (time.year, time.month)),
    )
    newest_first = sorted(times, reverse=True)
    for name, count, period in rules:
        seen: set[Hashable] = set()
        for time in newest_first:
            if period(time) not in seen and len(seen) < count:
                seen.add(period(time))
                reasons.setdefault(time, []).append(name)
    if newest_first:
        reasons.setdefault(newest_first[0], ["newest"])
    return {time: tuple(why) for time, why in reasons.items()}
