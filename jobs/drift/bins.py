"""The few bins that indexes and people look at; numpy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jobs.drift.categories import Categories
from jobs.drift.counts import CategoryCounts, NumberCounts
from jobs.drift.numbers import Counts, Numbers

# Ten bins of equal mass: the usual choice for PSI.
COARSE = 10
# Categories that a report names one by one.
NAMED = 20


@dataclass(frozen=True)
class Bins:
    """Rows of reference and window in the same named bins, missing values left out."""

    names: tuple[str, ...]
    reference: Counts
    current: Counts


def coarse(known: Numbers, counted: NumberCounts) -> Bins:
    """The fine bins of a number put together to about ten of equal mass in the reference."""
    total = max(int(known.counts.sum()), 1)
    middle = (np.cumsum(known.counts) - known.counts / 2.0) / total
    group = np.unique(np.minimum((middle * COARSE).astype(np.int64), COARSE - 1), return_inverse=True)[1]
    size = int(group.max(initial=0)) + 1
    lower = np.concatenate([[known.low], known.edges])
    starts = [float(lower[np.flatnonzero(group == place)[0]]) for place in range(size)]
    names = tuple(
        f"from {start:g}" if place else f"below {starts[1]:g}" if size > 1 else f"{start:g}"
        for place, start in enumerate(starts)
    )
    return Bins(names, _summed(group, known.counts, size), _summed(group, counted.counts, size))


def listed(known: Categories, counted: CategoryCounts) -> Bins:
    """Each category of the reference, and all others together at the end."""
    counts = np.array(list(known.counts.values()), dtype=np.int64)
    return Bins(
        (*known.counts, "(other)"), np.append(counts, known.other), np.append(counted.counts, counted.rest)
    )  # fmt: skip


def shown(bins: Bins) -> list[dict[str, object]]:
    """For people: shares; the long tail of categories as one."""
    n, m = max(int(bins.reference.sum()), 1), max(int(bins.current.sum()), 1)
    rows = list(zip(bins.names, bins.reference.tolist(), bins.current.tolist(), strict=True))
    if len(rows) > NAMED + 1:
        rest = [row for row in rows[NAMED:] if row[0] != "(other)"]
        tail = rows[-1]
        rows = [*rows[:NAMED], ("(rarer)", sum(r[1] for r in rest), sum(r[2] for r in rest)), tail]
    return [
        {"bin": name, "reference": round(r / n, 6), "current": round(c / m, 6)} for name, r, c in rows if r or c
    ]  # fmt: skip


def _summed(group: Counts, counts: Counts, size: int) -> Counts:
    return np.bincount(group, weights=counts, minlength=size).astype(np.int64)
