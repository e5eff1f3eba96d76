"""Times and ages as people write them, and as keys of the store have them; always UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from jobs.errors import ConfigError

KEY = "%Y-%m-%dT%H-%M-%SZ"
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def now() -> datetime:
    """Whole seconds, as keys have them."""
    return datetime.now(UTC).replace(microsecond=0)


def key_of(time: datetime) -> str:
    """`2026-11-20T12-00-00Z`: sorts by time, and has no character that a file name may not have."""
    return time.astimezone(UTC).strftime(KEY)


def time_of_key(key: str) -> datetime | None:
    """None when it is no such key."""
    try:
        return datetime.strptime(key, KEY).replace(tzinfo=UTC)
    except ValueError:
        return None


def parse_time(text: str) -> datetime:
    """ISO 8601 with a time zone, or a key. Raises ConfigError."""
    if (of_key := time_of_key(text)) is not None:
        return of_key
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise ConfigError("this is no time with a zone", given=text, allowed="like 2026-11-20T12:00Z")
    return time.astimezone(UTC)


def parse_age(text: str) -> timedelta:
    """`60d`, `26h`, `90m`, `30s`. Raises ConfigError."""
    found = re.fullmatch(r"(\d{1,6})([smhd])", text)
    if not found:
        raise ConfigError("this is no age", given=text, allowed="a whole number and s, m, h or d, like 60d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def age_text(age: timedelta) -> str:
    """Days, or hours, or minutes with one digit."""
    seconds = age.total_seconds()
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"
