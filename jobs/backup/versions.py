"""When a version of an object came to be."""

from __future__ import annotations

import re
from datetime import UTC, datetime

# Crockford's base 32, ten characters of milliseconds first; no other store's name of a version is as long.
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ULID = re.compile(f"[0-7][{_DIGITS}]{{25}}")
_TIME = 10


def time_of(version: str, modified: datetime) -> datetime:
    """`modified` as S3 means it; versitygw gives there the time of another version, and its own in the version's name:
    one that is no longer current has that of its successor, a marker that of the object which it hides."""
    if not _ULID.fullmatch(version):
        return modified
    milliseconds = 0
    for character in version[:_TIME]:
        milliseconds = milliseconds * len(_DIGITS) + _DIGITS.index(character)
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
