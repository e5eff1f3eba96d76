"""Rows of several requests, scored together."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

from jobs.serving.answer import Answer, answered
from jobs.serving.body import Refusal, Rows, predict_rows
from jobs.serving.served import Served


class _Waiting(NamedTuple):
    served: Served
    records: list[dict[str, Any]]
    accept: str
    answer: asyncio.Future[Answer]


class Batch:
    """A request waits until there are `size` rows of one model, or for so many milliseconds."""

    def __init__(self, size: int, milliseconds: float) -> None:
        self._size = size
        self._seconds = milliseconds / 1000
        self._waiting: list[_Waiting] = []
        self._rows = 0
        self._timer: asyncio.TimerHandle | None = None

    def put(self, served: Served, rows: Rows, accept: str) -> asyncio.Future[Answer]:
        """Columns, and as many records as a batch has, do not wait. Raises Refusal only through the answer."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        if isinstance(rows, dict) or len(rows) >= self._size:
            _give(answer, served, rows, accept)
            return answer
        if self._waiting and self._waiting[0].served is not served:
            self._score()
        self._waiting.append(_Waiting(served, rows, accept, answer))
        self._rows += len(rows)
        if self._rows >= self._size:
            self._score()
        elif self._timer is None:
            self._timer = loop.call_later(self._seconds, self._score)
        return answer

    def _score(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        waiting, self._waiting, self._rows = self._waiting, [], 0
        if not waiting:
            return
        try:
            predictions = predict_rows(waiting[0].served.scorer, [row for one in waiting for row in one.records])
        except Refusal:
            # One of them has a row that is refused: each gets its own answer.
            for one in waiting:
                _give(one.answer, one.served, one.records, one.accept)
            return
        start = 0
        for one in waiting:
            end = start + len(one.records)
            if not one.answer.done():
                one.answer.set_result(answered(one.served, predictions[start:end], one.accept))
            start = end


def _give(answer: asyncio.Future[Answer], served: Served, rows: Rows, accept: str) -> None:
    if answer.done():
        return
    try:
        answer.set_result(answered(served, predict_rows(served.scorer, rows), accept))
    except Exception as error:
        answer.set_exception(error)
