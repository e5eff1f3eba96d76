"""Answers to bodies that were given before."""

from __future__ import annotations

from collections import OrderedDict

from jobs.serving.answer import Answer
from jobs.serving.served import Served

# Larger bodies are batches, which hardly come twice.
MAX_BODY_BYTES = 4096

# Which model, what the body is, what is wanted, the body.
Key = tuple[Served, str, str, bytes]


class Cache:
    """The answers asked for last, of the model that is served; another model's are forgotten with its first request."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._served: Served | None = None
        self._answers: OrderedDict[tuple[str, str, bytes], Answer] = OrderedDict()

    def get(self, key: Key) -> Answer | None:
        served, content_type, accept, body = key
        if served is not self._served:
            self._answers.clear()
            self._served = served
        place = (content_type, accept, body)
        found = self._answers.get(place)
        if found is not None:
            self._answers.move_to_end(place)
        return found

    def put(self, key: Key, answer: Answer) -> None:
        served, content_type, accept, body = key
        if served is not self._served or len(body) > MAX_BODY_BYTES:
            return
        self._answers[content_type, accept, body] = answer
        if len(self._answers) > self._size:
            self._answers.popitem(last=False)
