"""The distribution of a categorical feature; stdlib only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# More would make a bundle of identifiers; the rest is counted together.
LISTED = 200


@dataclass(frozen=True)
class Categories:
    """Rows of each listed category, the most frequent first; `other`: rows of those that are not listed.

    `single`: categories that occur in one row only. Their share estimates how often a row has a category never seen
    before (Good and Turing), when nothing has changed.
    """

    counts: dict[str, int]
    other: int
    missing: int
    single: int

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": "categorical", "missing": self.missing, "other": self.other, "single": self.single,
            "counts": [[category, count] for category, count in self.counts.items()],
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Categories:
        """Raises KeyError, TypeError or ValueError on anything `to_json` does not write."""
        counts = {str(category): int(count) for category, count in data["counts"]}
        return cls(counts, int(data["other"]), int(data["missing"]), int(data["single"]))


def categories_of(values: Iterable[str | None]) -> Categories:
    """A column (missing: None) → its categories; of equally frequent ones the first by name."""
    counts = Counter(values)
    missing = counts.pop(None, 0)
    ranked = sorted(((str(category), count) for category, count in counts.items()), key=lambda one: (-one[1], one[0]))
    single = sum(1 for _, count in ranked if count == 1)
    return Categories(dict(ranked[:LISTED]), sum(count for _, count in ranked[LISTED:]), missing, single)
