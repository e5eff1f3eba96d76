"""A whole day or week that has ended, in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from jobs.errors import ConfigError


@dataclass(frozen=True)
class Period:
    """[start, end)."""

    kind: Literal["daily", "weekly"]
    start: datetime
    end: datetime

    @property
    def name(self) -> str:
        """`2026-11-20`, `2026-W47`: sorts by time."""
        year, week, _ = self.start.isocalendar()
        return f"{self.start:%Y-%m-%d}" if self.kind == "daily" else f"{year}-W{week:02d}"

    def holds(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


def day_of(text: str | None, now: datetime) -> Period:
    """`2026-11-20`; yesterday without one. Raises ConfigError for a day that has not ended."""
    return _period("daily", _date(text) if text else now.date() - timedelta(days=1), 1, now)


def week_of(text: str | None, now: datetime) -> Period:
    """The week (from Monday) of this day; the last one that has ended without one. Raises ConfigError."""
    day = _date(text) if text else now.date() - timedelta(days=7)
    return _period("weekly", day - timedelta(days=day.weekday()), 7, now)


def _period(kind: Literal["daily", "weekly"], first: date, days: int, now: datetime) -> Period:
    start = datetime.combine(first, time(), UTC)
    end = start + timedelta(days=days)
    if end > now:
        raise ConfigError(
            "this period has not ended", given=f"{start:%Y-%m-%d} to {end:%Y-%m-%d}", allowed="a day before today, UTC"
        )
    return Period(kind, start, end)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError("this is no day", given=text, allowed="like 2026-11-20") from error
