"""What of the log lies in a bucket."""

from __future__ import annotations

from collections.abc import Callable

from jobs.datasets.shelf import Shelf
from jobs.wal.base import sound
from jobs.wal.coverage import Span, spans
from jobs.wal.piece import PIECES, Piece, piece_of


def pieces_of(shelf: Shelf) -> list[Piece]:
    """Raises UnreachableError."""
    return [piece for key in shelf.list_keys(PIECES) if (piece := piece_of(key))]


def spans_of(shelf: Shelf, say: Callable[[str], None]) -> list[Span]:
    """Raises UnreachableError."""
    return spans(sound(shelf, say).values(), pieces_of(shelf))
