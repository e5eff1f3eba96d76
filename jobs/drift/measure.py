"""One feature of a window against the reference: every distance, and what chance says of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from jobs.drift import chance, distances
from jobs.drift.bins import Bins, coarse, listed, shown
from jobs.drift.categories import Categories
from jobs.drift.counts import CategoryCounts, NumberCounts
from jobs.drift.numbers import Numbers

# A reference with one value in this share of the rows may well give windows with nothing else.
ALMOST_ONE = 0.99


@dataclass(frozen=True)
class Test:
    """`effect`: share of rows that have moved, by this test's view."""

    name: str
    p: float
    effect: float


@dataclass(frozen=True)
class Measured:
    """`statistics`: value and p-value by name, `test`: the one that decides among them; `others`: further tests."""

    feature: str
    kind: str
    psi: float
    statistics: dict[str, dict[str, float]]
    effect: float
    missing: float
    reference_missing: float
    bins: Bins
    others: tuple[Test, ...]
    new: tuple[str, ...] = ()
    new_share: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)
    reason: str | None = None

    def tests(self, name: str) -> tuple[Test, ...]:
        """What decides on this feature: the named statistic, and whether values are missing or new."""
        if name not in self.statistics:
            return self.others
        return (Test(name, self.statistics[name]["p"], self.effect), *self.others)

    def to_json(self) -> dict[str, Any]:
        return {
            "feature": self.feature, "kind": self.kind, "psi": self.psi, "effect": round(self.effect, 6),
            "missing": self.missing, "referenceMissing": self.reference_missing, "new": list(self.new),
            "newShare": self.new_share, "statistics": self.statistics, **self.facts, "bins": shown(self.bins),
        }  # fmt: skip


def measure_numbers(name: str, known: Numbers, now: NumberCounts, seed: int, limit: int) -> Measured:
    """Deterministic: the same seed and counts give the same p-values."""
    random = np.random.default_rng([seed, *name.encode()])
    bins = coarse(known, now)
    statistics: dict[str, dict[str, float]] = {}
    effect, facts = 0.0, {}
    if known.counts.any() and now.present:
        r, c = known.counts / known.counts.sum(), now.counts / now.present
        effect = float(distances.kolmogorov_smirnov(r, c))
        moved = float(distances.wasserstein(r, c, known.points))
        sizes = known.counts, now.counts
        statistics = {
            "ks": _value(effect, chance.kolmogorov_smirnov(effect, *sizes, random, limit)),
            "wasserstein": _value(
                moved / (known.deviation or 1.0), chance.wasserstein(moved, *sizes, known.points, random, limit)
            ),
            **_by_bins(bins, random, limit),
        }
        facts = {"mean": now.total / now.present, "referenceMean": known.mean, "referenceDeviation": known.deviation}
    one = now.single if known.counts.max(initial=0) < ALMOST_ONE * known.counts.sum() else None
    return Measured(
        name, "numeric", _psi(bins, known.missing, now.missing), statistics, effect, *_missing(known, now),
        bins, _missing_test(known, now), facts=facts, reason=one and f"every row has the value {one}",
    )  # fmt: skip


def measure_categories(name: str, known: Categories, now: CategoryCounts, seed: int, limit: int) -> Measured:
    """As of numbers."""
    random = np.random.default_rng([seed, *name.encode()])
    bins = listed(known, now)
    statistics: dict[str, dict[str, float]] = {}
    effect = 0.0
    if bins.reference.any() and now.present:
        effect = float(distances.variation(bins.reference / bins.reference.sum(), bins.current / now.present))
        statistics = _by_bins(bins, random, limit)
    # Where the reference does not list every category, one that is not listed need not be new.
    rest = 0 if known.other else now.rest
    new = tuple(category for category, _ in now.unlisted.most_common(NEW)) if rest else ()
    tests = _missing_test(known, now)
    if rest:
        n = int(bins.reference.sum())
        p = chance.exact(known.single, n, rest, now.present, more=True) if n else 0.0
        tests = (*tests, Test("new", p, rest / now.present))
    one = now.single if bins.reference.max(initial=0) < ALMOST_ONE * bins.reference.sum() else None
    if one and not now.unlisted:
        one = bins.names[int(np.argmax(now.counts))]
    return Measured(
        name, "categorical", _psi(bins, known.missing, now.missing), statistics, effect, *_missing(known, now), bins,
        tests, new, rest / max(now.present, 1), reason=one and f"every row has the category {one!r}",
    )  # fmt: skip


# New categories that a report names.
NEW = 20


def _by_bins(bins: Bins, random: np.random.Generator, limit: int) -> dict[str, dict[str, float]]:
    r, c = bins.reference / bins.reference.sum(), bins.current / bins.current.sum()
    counts = bins.reference, bins.current
    pooled = np.maximum((counts[0] + counts[1]) / (counts[0].sum() + counts[1].sum()), 1e-300)
    size = 1.0 / (1.0 / counts[0].sum() + 1.0 / counts[1].sum())
    return {
        "chi_square": _value(float(np.sum((c - r) ** 2 / pooled) * size), chance.chi_square(*counts, random, limit)),
        "psi": _value(float(distances.psi(r, c)), chance.divergence("psi", *counts, random, limit)),
        "jensen_shannon": _value(
            float(distances.jensen_shannon(r, c)), chance.divergence("jensen_shannon", *counts, random, limit)
        ),
    }


def _psi(bins: Bins, missing_before: int, missing_now: int) -> float:
    """With the missing values as a bin of their own, as the index is usually read."""
    r, c = np.append(bins.reference, missing_before), np.append(bins.current, missing_now)
    return round(float(distances.psi(r / max(r.sum(), 1), c / max(c.sum(), 1))), 6)


def _missing(known: Numbers | Categories, now: NumberCounts | CategoryCounts) -> tuple[float, float]:
    return now.missing / (now.missing + now.present), known.missing / max(known.missing + _present(known), 1)


def _missing_test(known: Numbers | Categories, now: NumberCounts | CategoryCounts) -> tuple[Test, ...]:
    """None when no row misses the value, before and now: it cannot reject and must not weaken the others."""
    if not known.missing and not now.missing:
        return ()
    n, m = known.missing + _present(known), now.missing + now.present
    share, before = _missing(known, now)
    return (Test("missing", chance.exact(known.missing, n, now.missing, m), abs(share - before)),)


def _present(known: Numbers | Categories) -> int:
    return int(known.counts.sum()) if isinstance(known, Numbers) else sum(known.counts.values()) + known.other


def _value(value: float, p: float) -> dict[str, float]:
    return {"value": _short(value), "p": _short(p)}


def _short(value: float) -> float:
    """Six significant digits: a report is for reading."""
    return float(f"{value:.6g}") if math.isfinite(value) else value
