"""The rows of a window, counted in the bins of the reference; parts of a window add up to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from jobs.drift.categories import Categories
from jobs.drift.numbers import Counts, Floats, Numbers

# Names of new categories that are kept; a column of identifiers has as many as rows.
NAMES = 1_000


@dataclass(frozen=True)
class NumberCounts:
    """`low` and `high` are the extremes of the present values; `total`: their sum."""

    counts: Counts
    missing: int
    low: float
    high: float
    total: float

    def __add__(self, other: NumberCounts) -> NumberCounts:
        return NumberCounts(
            self.counts + other.counts, self.missing + other.missing, min(self.low, other.low),
            max(self.high, other.high), self.total + other.total,
        )  # fmt: skip

    @property
    def present(self) -> int:
        return int(self.counts.sum())

    @property
    def single(self) -> str | None:
        """The value, where every row has the same one."""
        return f"{self.low:g}" if self.present and self.low == self.high else None


@dataclass(frozen=True)
class CategoryCounts:
    """`counts` in the order of the reference's categories; `unlisted`: rows of other ones, by name; `rest`: all."""

    counts: Counts
    rest: int
    missing: int
    unlisted: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: CategoryCounts) -> CategoryCounts:
        names = Counter(dict((self.unlisted + other.unlisted).most_common(NAMES)))
        return CategoryCounts(
            self.counts + other.counts, self.rest + other.rest, self.missing + other.missing, names
        )  # fmt: skip

    @property
    def present(self) -> int:
        return int(self.counts.sum()) + self.rest

    @property
    def single(self) -> str | None:
        """As of numbers; a place of `counts`, or the name of an unlisted category."""
        if self.present and int(self.counts.max(initial=0)) == self.present:
            return f"category {int(np.argmax(self.counts)) + 1}"
        return next(iter(self.unlisted)) if self.present and len(self.unlisted) == 1 and not self.counts.any() else None


def count_numbers(known: Numbers, values: Floats) -> NumberCounts:
    """A numeric column (missing: NaN) → counted."""
    gaps = np.isnan(values)
    missing = int(np.count_nonzero(gaps))
    present = values[~gaps] if missing else values
    if len(present) == 0:
        return NumberCounts(np.zeros(len(known.counts), dtype=np.int64), missing, np.inf, -np.inf, 0.0)
    low, high = float(present.min()), float(present.max())
    return NumberCounts(known.count(present), missing, low, high, float(present.sum()))


def count_categories(known: Categories, rows: Mapping[str | None, int]) -> CategoryCounts:
    """Rows of each category (missing: None) → counted."""
    unlisted = Counter({name: n for name, n in rows.items() if name is not None and name not in known.counts and n})
    counts = np.array([rows.get(name, 0) for name in known.counts], dtype=np.int64)
    names = Counter(dict(unlisted.most_common(NAMES)))
    return CategoryCounts(counts, sum(unlisted.values()), rows.get(None, 0), names)


def count_column(known: Numbers | Categories, values: npt.NDArray[Any]) -> NumberCounts | CategoryCounts:
    """A column of a Table → counted."""
    if isinstance(known, Numbers):
        return count_numbers(known, values)
    return count_categories(known, Counter(values.tolist()))
