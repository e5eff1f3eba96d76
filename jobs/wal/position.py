"""Places in the log: bytes since its beginning, as PostgreSQL writes them and as its files are cut. Pure."""

from __future__ import annotations

import re

from jobs.backup.errors import BackupError

_WORD = 1 << 32


def parse(text: str) -> int:
    """`1/6B374D8` → bytes. Raises BackupError."""
    if not (found := re.fullmatch(r"([0-9A-Fa-f]{1,8})/([0-9A-Fa-f]{1,8})", text)):
        raise BackupError(
            "this is no position of the log", given=text, allowed="like 1/6B374D8",
            change="PGHOST and PGPORT must lead to PostgreSQL itself, not to a pooler before it",
        )  # fmt: skip
    return int(found[1], 16) * _WORD + int(found[2], 16)


def text(position: int) -> str:
    """Bytes → `1/6B374D8`."""
    return f"{position // _WORD:X}/{position % _WORD:X}"


def begin(position: int, segment: int) -> int:
    """Of the file that has this position; `segment` is the size of all of them."""
    return position - position % segment


def file_name(timeline: int, position: int, segment: int) -> str:
    """Of the file that has this position, as `restore_command` asks for it."""
    number, each = position // segment, _WORD // segment
    return f"{timeline:08X}{number // each:08X}{number % each:08X}"
