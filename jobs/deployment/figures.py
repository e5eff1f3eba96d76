"""What was seen of both sides in a time. Pure; sums of counts, so that times add up."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pydantic import model_validator

from jobs.config import Frozen


class Spread(Frozen):
    """A histogram: `counts[n]` values up to and with `edges[n]`; the last count has those above all edges."""

    edges: tuple[float, ...] = ()
    counts: tuple[int, ...] = (0,)

    @model_validator(mode="after")
    def _fits(self) -> Spread:
        if len(self.counts) != len(self.edges) + 1 or list(self.edges) != sorted(set(self.edges)):
            raise ValueError("a histogram needs rising edges and one count more than edges")
        if min(self.counts) < 0:
            raise ValueError("counts are not negative")
        return self

    @property
    def total(self) -> int:
        return sum(self.counts)

    def __add__(self, other: Spread) -> Spread:
        """Of equal edges; an empty one adds nothing. Raises ValueError."""
        if not self.total or not other.total:
            return self if self.total or not other.edges else other
        if self.edges != other.edges:
            raise ValueError("histograms of different edges do not add up")
        return Spread(edges=self.edges, counts=tuple(a + b for a, b in zip(self.counts, other.counts, strict=True)))

    def quantile(self, share: float) -> float:
        """Linear within a bin, as Prometheus reckons it; above the last edge: that edge. NaN when empty."""
        if not self.total or not self.edges:
            return math.nan
        wanted, before = share * self.total, 0
        for place, edge in enumerate(self.edges):
            count = self.counts[place]
            if count and before + count >= wanted:
                low = self.edges[place - 1] if place else min(0.0, edge)
                return low + (edge - low) * (wanted - before) / count
            before += count
        return self.edges[-1]

    def above(self, value: float) -> int:
        """How many surely lie above: the bin that the value falls into counts as below."""
        return sum(
            count for place, count in enumerate(self.counts) if (self.edges[place - 1] if place else -math.inf) >= value
        )


class Side(Frozen):
    """`requests` that clients sent and `errors` among them (5xx, no answer); `seconds`: until answered.

    `predictions`: rows by probability in bins of equal width from 0 to 1; empty where nobody counts them.
    """

    requests: int = 0
    errors: int = 0
    seconds: Spread = Spread()
    predictions: tuple[int, ...] = ()

    def __add__(self, other: Side) -> Side:
        return Side(
            requests=self.requests + other.requests, errors=self.errors + other.errors,
            seconds=self.seconds + other.seconds, predictions=_sum(self.predictions, other.predictions),
        )  # fmt: skip


class Figures(Frozen):
    """Both sides over the same time."""

    new: Side = Side()
    stable: Side = Side()

    def __add__(self, other: Figures) -> Figures:
        return Figures(new=self.new + other.new, stable=self.stable + other.stable)


def _sum(one: Sequence[int], other: Sequence[int]) -> tuple[int, ...]:
    if not one or not other:
        return tuple(one or other)
    return tuple(a + b for a, b in zip(one, other, strict=True))
