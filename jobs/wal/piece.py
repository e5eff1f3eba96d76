"""A run of the log as it lies in the bucket: `wal/SYSTEM/TIMELINE-START-END-TIME-SHA256`, sealed. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

PIECES = "wal/"
_KEY = re.compile(
    rf"{PIECES}(\d{{1,20}})/([0-9A-F]{{8}})-([0-9A-F]{{16}})-([0-9A-F]{{16}})-([0-9T.-]{{26}})Z"
    r"-([0-9a-f]{64})"
)
# Microseconds: what is committed in the same second may be after it.
_TIME = "%Y-%m-%dT%H-%M-%S.%f"
# Of a piece before the first mark: it promises no time.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, order=True)
class Piece:
    """Bytes from `start` up to `end`. A commit later than `time` is in this piece or in one before it.

    `sha256` is that of the object, `system` the server's own number, which a new server has not.
    """

    system: str
    timeline: int
    start: int
    end: int
    time: datetime
    sha256: str

    @property
    def key(self) -> str:
        return (
            f"{PIECES}{self.system}/{self.timeline:08X}-{self.start:016X}-{self.end:016X}"
            f"-{self.time.astimezone(UTC).strftime(_TIME)}Z-{self.sha256}"
        )

    @property
    def bytes(self) -> int:
        return self.end - self.start


def piece_of(key: str) -> Piece | None:
    """None when it is no piece's key."""
    if not (found := _KEY.fullmatch(key)):
        return None
    try:
        time = datetime.strptime(found[5], _TIME).replace(tzinfo=UTC)
    except ValueError:
        return None
    piece = Piece(found[1], int(found[2], 16), int(found[3], 16), int(found[4], 16), time, found[6])
    return piece if piece.start < piece.end else None
