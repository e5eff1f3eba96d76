"""Claims about the set that is restored for a time: the newest that is not later, made out of the log if need be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from jobs.backup.errors import BackupError
from jobs.backup.manifest import Content
from jobs.backup.sets import Sets
from jobs.wal import request
from jobs.wal.base import Base
from jobs.wal.coverage import Span
from jobs.wal.piece import Piece
from tests.jobs.backup.small import TIME, Memory, small

END = TIME + timedelta(minutes=30, milliseconds=250)


@pytest.fixture
def sets() -> Sets:
    """One set at TIME, and a log from a minute before it to END."""
    memory = Memory()
    small(1, memory)
    return Sets(memory)


@pytest.fixture
def wanted(sets: Sets, monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """Times that a set was asked to be made of; it appears, and another set that was taken meanwhile."""
    asked: list[datetime] = []
    base = Base(
        system="7", timeline=1, start=0, end=10, segment=16 << 20, server="17.6", time=TIME - timedelta(minutes=1),
        content=Content(sha256=64 * "0", bytes=0), packs=(),
    )  # fmt: skip
    span = Span(base, (Piece("7", 1, 0, 100, END, 64 * "a"),))

    def make(at: datetime, _: Callable[[str], None]) -> None:
        asked.append(at)
        manifest = sets.read(sets.entries()[0])
        for time in (min(at, END), END + timedelta(hours=1)):
            sets.write(manifest.model_copy(update={"time": time}))

    monkeypatch.setattr(request, "spans_of", lambda *_: [span])
    monkeypatch.setattr(request, "make", make)
    return asked


def test_a_time_of_the_log_is_made_a_set(sets: Sets, wanted: list[datetime]) -> None:
    at = TIME + timedelta(minutes=10, milliseconds=600)
    assert request.set_of(sets, at, print).time == at.replace(microsecond=0)
    assert wanted == [at]


def test_later_than_the_log_it_is_the_end_of_the_log_and_not_the_set_before(
    sets: Sets, wanted: list[datetime], capsys: pytest.CaptureFixture[str]
) -> None:
    found = request.set_of(sets, datetime(2099, 1, 1, tzinfo=UTC), print)
    assert found.time == END.replace(microsecond=0)
    assert len(wanted) == 1
    assert f"the log goes up to {END.isoformat()}: nothing later comes back" in capsys.readouterr().out


def test_a_set_that_is_later_than_the_end_of_the_log_is_taken_as_it_is(sets: Sets, wanted: list[datetime]) -> None:
    after = sets.write(sets.read(sets.entries()[0]).model_copy(update={"time": END + timedelta(minutes=5)}))
    assert request.set_of(sets, END + timedelta(minutes=6), print) == after
    assert wanted == []


def test_before_the_log_it_is_the_set_before_and_without_one_there_is_none(sets: Sets, wanted: list[datetime]) -> None:
    early = sets.write(sets.read(sets.entries()[0]).model_copy(update={"time": TIME - timedelta(days=2)}))
    assert request.set_of(sets, TIME - timedelta(days=1), print) == early
    with pytest.raises(BackupError, match="there is no such set"):
        request.set_of(sets, TIME - timedelta(days=3), print)
    assert wanted == []
