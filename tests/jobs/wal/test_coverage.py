"""Claims about which times a log leads to, and what of it may go. Without a server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from jobs.backup.errors import BackupError
from jobs.backup.manifest import Content
from jobs.wal import position
from jobs.wal.base import Base
from jobs.wal.coverage import as_late_as, leading_to, needed, spans
from jobs.wal.piece import Piece, piece_of

START = datetime(2026, 11, 29, 12, tzinfo=UTC)
SEGMENT = 16 * 1024 * 1024
NOTHING = Content(sha256=64 * "0", bytes=0)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def piece(start: int, end: int, seconds: float, system: str = "7", timeline: int = 1) -> Piece:
    return Piece(system, timeline, start, end, after(seconds), 64 * "a")


def base(start: int, end: int, seconds: float, system: str = "7") -> Base:
    return Base(
        system=system, timeline=1, start=start, end=end, segment=SEGMENT, server="17.6", time=after(seconds),
        content=NOTHING, packs=(),
    )  # fmt: skip


@pytest.mark.parametrize("text", ["0/0", "0/16B3748", "1/6B374D8", "FFFFFFFF/FFFFFFFF"])
def test_a_position_is_written_as_postgresql_writes_it(text: str) -> None:
    assert position.text(position.parse(text)) == text


def test_a_file_of_the_log_is_called_as_restore_command_asks_for_it() -> None:
    assert position.file_name(1, position.parse("0/3000028"), SEGMENT) == "000000010000000000000003"
    assert position.file_name(2, position.parse("1/0"), SEGMENT) == "000000020000000100000000"


def test_a_key_tells_all_that_a_piece_is() -> None:
    one = piece(5, 6_000_000_000, 1.25)
    assert piece_of(one.key) == one


@pytest.mark.parametrize(
    "key", ["wal/7/x", piece(5, 5, 0).key, piece(1, 2, 0).key[:-1], piece(1, 2, 0).key.replace("T12", "T99")]
)
def test_another_key_is_no_piece(key: str) -> None:
    assert piece_of(key) is None


def test_pieces_lead_to_every_time_from_the_base_on() -> None:
    (span,) = spans([base(100, 150, 10)], [piece(0, 120, 5), piece(120, 200, 12), piece(200, 300, 20)])
    assert (span.first, span.last, span.end) == (after(10), after(20), 300)


def test_nothing_leads_beyond_a_gap() -> None:
    (span,) = spans([base(100, 150, 10)], [piece(0, 200, 12), piece(201, 300, 20)])
    assert span.last == after(12)
    assert leading_to(after(15), [span]) == span
    assert as_late_as(after(15), [span]) == after(12)


def test_a_time_before_the_first_base_cannot_be_had() -> None:
    found = spans([base(100, 150, 10)], [piece(0, 200, 12)])
    assert as_late_as(after(9), found) is None
    with pytest.raises(BackupError, match="does not lead to this time"):
        leading_to(after(9), found)


def test_a_time_after_a_lost_server_is_the_last_of_that_server_not_the_first_of_the_next() -> None:
    found = spans([base(0, 50, 2), base(0, 50, 100, "8")], [piece(0, 100, 30), piece(0, 100, 120, "8")])
    assert as_late_as(after(60), found) == after(30)
    assert leading_to(after(60), found).base.system == "7"
    assert as_late_as(after(110), found) == after(110)


def test_a_base_that_the_log_does_not_make_whole_leads_nowhere() -> None:
    assert spans([base(100, 150, 10)], [piece(0, 149, 20)]) == []
    # The first page of the file that it begins in is missing.
    assert spans([base(SEGMENT + 100, SEGMENT + 150, 10)], [piece(SEGMENT + 50, SEGMENT + 200, 20)]) == []


def test_the_log_of_another_server_or_timeline_continues_nothing() -> None:
    assert spans([base(100, 150, 10)], [piece(0, 200, 20, system="8"), piece(0, 200, 20, timeline=2)]) == []


def test_pieces_that_overlap_are_no_gap() -> None:
    (span,) = spans([base(0, 10, 1)], [piece(0, 100, 5), piece(0, 60, 3), piece(90, 120, 9)])
    assert (span.end, span.last) == (120, after(9))
    (inside,) = spans([base(0, 10, 1)], [piece(0, 100, 5), piece(10, 50, 3), piece(90, 120, 9)])
    assert inside.end == 120


def test_a_base_without_a_commit_after_it_leads_nowhere() -> None:
    assert spans([base(100, 150, 10)], [piece(0, 200, 9)]) == []


def test_the_log_is_taken_up_to_where_the_base_is_whole_also_for_an_earlier_time() -> None:
    (span,) = spans([base(0, 150, 2)], [piece(0, 100, 5), piece(100, 200, 15), piece(200, 300, 25)])
    assert span.until(after(3)).end == 200


def test_the_newest_base_before_a_time_is_taken_with_no_more_log_than_it_needs() -> None:
    pieces = [piece(0, 100, 5), piece(100, 200, 15), piece(200, 300, 25), piece(300, 400, 35)]
    found = spans([base(0, 50, 2), base(110, 150, 12), base(310, 350, 33)], pieces)
    span = leading_to(after(20), found)
    assert (span.base.time, span.end, span.until(after(20)).end) == (after(12), 400, 300)
    assert leading_to(None, found).end == 400
    assert leading_to(None, found).base.time == after(33)


def test_log_goes_only_when_no_base_that_stays_wants_it() -> None:
    staying = [base(SEGMENT + 100, SEGMENT + 150, 10)]
    assert not needed(piece(0, SEGMENT, 1), staying)
    assert needed(piece(0, SEGMENT + 1, 1), staying)
    assert not needed(piece(SEGMENT, 2 * SEGMENT, 1, system="8"), staying)
