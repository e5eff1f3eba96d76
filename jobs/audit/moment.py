"""A point in time as people type it."""

from __future__ import annotations

from datetime import UTC, datetime

from jobs.errors import ConfigError


def moment(text: str) -> datetime:
    """`2026-11-20T12:00Z`, `2026-11-20 12:00+01:00` or a date; without a zone it is UTC. Raises ConfigError."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(
            "this is no time", given=text, allowed="2026-11-20, 2026-11-20T12:00Z or 2026-11-20T12:00+01:00"
        ) from error
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
