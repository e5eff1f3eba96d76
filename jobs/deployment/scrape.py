"""Counters of pods in Prometheus' text format → figures of the colours. Pure."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from jobs.deployment.figures import Side, Spread

LINE = re.compile(r"([a-zA-Z_:][\w:]*)\{([^}]*)\} (\S+)")
LABEL = re.compile(r'(\w+)="([^"]*)"')
REQUESTS, TIME = "envoy_cluster_upstream_rq", "envoy_cluster_upstream_rq_time_bucket"
PREDICTIONS = "mlops_prediction_probability_bucket"
# What is counted, the colour, and the status or the bucket's edge.
Key = tuple[str, str, str]
Reading = Mapping[Key, float]


def of_gateway(text: str) -> Reading:
    """What clients saw of each colour: answers by status, and how long they took."""
    found: dict[Key, float] = {}
    for name, labels, value in _lines(text, (REQUESTS, TIME)):
        detail = labels.get("envoy_response_code" if name == REQUESTS else "le")
        if detail is not None:
            found[name, labels["envoy_cluster_name"], detail] = value
    return found


def of_server(text: str, colour: str) -> Reading:
    """How probable its predictions were."""
    return {(name, colour, labels["le"]): value for name, labels, value in _lines(text, (PREDICTIONS,))}


def healthy(text: str, colour: str) -> int:
    """How many servers of a colour the gateway knows to be ready."""
    found = _lines(text, ("envoy_cluster_membership_healthy",))
    return sum(int(value) for _, labels, value in found if labels.get("envoy_cluster_name") == colour)


@dataclass
class Odometer:
    """What counters of many pods went up by; one whose pod was started again counts on from zero."""

    total: Counter[Key] = field(default_factory=Counter)
    last: dict[str, Reading] = field(default_factory=dict)

    def add(self, source: str, reading: Reading, *, fresh: bool = False) -> None:
        """`fresh`: the source began after the odometer did, so that all it has counted counts."""
        before = self.last.get(source, {} if fresh else reading)
        if any(value < before.get(key, 0.0) for key, value in reading.items()) or before.keys() - reading.keys():
            before = {}
        for key, value in reading.items():
            self.total[key] += value - before.get(key, 0.0)  # type: ignore[assignment]  # counters are floats in text
        self.last[source] = reading

    def side(self, colour: str) -> Side:
        answers = self._of(REQUESTS, colour)
        edges, counts = self._histogram(TIME, colour)
        return Side(
            requests=round(sum(answers.values())),
            errors=round(sum(count for status, count in answers.items() if status.startswith("5"))),
            seconds=Spread(edges=tuple(edge / 1000 for edge in edges), counts=counts or (0,)),
            # The last bucket is of those above 1, which are none.
            predictions=self._histogram(PREDICTIONS, colour)[1][:-1],
        )

    def _histogram(self, wanted: str, colour: str) -> tuple[tuple[float, ...], tuple[int, ...]]:
        """Cumulated buckets → edges, and how many are in each bin."""
        found = sorted((float(edge), round(count)) for edge, count in self._of(wanted, colour).items())
        below = [0, *(count for _, count in found)]
        # Buckets of one text need not be of one moment.
        counts = tuple(max(0, b - a) for a, b in pairwise(below))
        return tuple(edge for edge, _ in found if math.isfinite(edge)), counts

    def _of(self, wanted: str, colour: str) -> dict[str, float]:
        return {detail: count for (name, of, detail), count in self.total.items() if (name, of) == (wanted, colour)}


def _lines(text: str, names: tuple[str, ...]) -> Iterator[tuple[str, dict[str, str], float]]:
    for line in text.splitlines():
        if line.startswith(names) and (found := LINE.match(line)) and found[1] in names:
            yield found[1], dict(LABEL.findall(found[2])), float(found[3])
