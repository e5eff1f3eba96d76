"""Which times the log leads to: bases, and the pieces that continue them without a gap. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from jobs.backup.errors import BackupError
from jobs.wal.base import Base
from jobs.wal.piece import Piece
from jobs.wal.position import begin


@dataclass(frozen=True)
class Span:
    """A base and what continues it: every time from `first` to `last` can be had."""

    base: Base
    pieces: tuple[Piece, ...]

    @property
    def first(self) -> datetime:
        return self.base.time

    @property
    def last(self) -> datetime:
        return max(piece.time for piece in self.pieces)

    @property
    def end(self) -> int:
        """Position after the last byte."""
        return self.pieces[-1].end

    def until(self, time: datetime) -> Span:
        """No more of the log than a server needs that is to stop at a time of it: a commit after it."""
        enough = next(
            place for place, piece in enumerate(self.pieces) if piece.time >= time and piece.end >= self.base.end
        )
        return Span(self.base, self.pieces[: enough + 1])


def spans(bases: Iterable[Base], pieces: Iterable[Piece]) -> list[Span]:
    """Those bases that the log makes whole, with all that follows; oldest first."""
    logs: dict[tuple[str, int], list[Piece]] = {}
    for piece in pieces:
        logs.setdefault((piece.system, piece.timeline), []).append(piece)
    found = []
    for base in sorted(bases, key=lambda one: one.time):
        # A file of the log is read from its first page on.
        chain = _without_gap(
            logs.get((base.system, base.timeline), []), begin(base.start, base.segment)
        )  # fmt: skip
        if chain and chain[-1].end >= base.end and max(one.time for one in chain) >= base.time:
            found.append(Span(base, tuple(chain)))
    return found


def _without_gap(pieces: Sequence[Piece], start: int) -> list[Piece]:
    """From the one that has `start` to the last before a gap; of pieces that overlap, those that lead further."""
    chain: list[Piece] = []
    position = start
    for piece in sorted(pieces, key=lambda one: (one.start, one.end)):
        if piece.end <= position:
            continue
        if piece.start > position:
            break
        chain.append(piece)
        position = piece.end
    return chain


def as_late_as(time: datetime, found: Sequence[Span]) -> datetime | None:
    """The time itself where the log leads to it, or the last before it that it leads to; None: it begins later."""
    if any(span.first <= time <= span.last for span in found):
        return time
    return max((span.last for span in found if span.last < time), default=None)


def leading_to(time: datetime | None, found: Sequence[Span]) -> Span:
    """The one with the least log that leads to the time or as late before it as can be; None is the latest of all.

    Raises BackupError: what can be had.
    """
    if time is None and found:
        return found[-1]
    reached = None if time is None else as_late_as(time, found)
    if reached is None:
        raise BackupError(
            "the log does not lead to this time", given=time.isoformat() if time else "as late as can be",
            allowed=[f"{one.first.isoformat()} to {one.last.isoformat()}" for one in found] or "there is no base yet",
            change="take another time, or a set: `mlops backup list`",
        )  # fmt: skip
    return [one for one in found if one.first <= reached <= one.last][-1]


def needed(piece: Piece, bases: Sequence[Base]) -> bool:
    """Whether a base that is kept may ever want it: one of another server goes with that server's last base."""
    return any(
        base.system == piece.system and base.timeline == piece.timeline and piece.end > begin(base.start, base.segment)
        for base in bases
    )
