"""Population stability index of a table against a bundle's reference; numpy only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from jobs.datasets.table import Table
from jobs.drift.reference import numeric_shares

# An empty bin would make the index infinite.
FLOOR = 1e-4
# Usual reading of PSI: below 0.1 stable, above 0.2 moved.
THRESHOLD = 0.2


def psi(reference: Sequence[float], current: Sequence[float]) -> float:
    """Sum of (c - r)·ln(c / r) over the bins; both are shares of the same bins."""
    r = np.maximum(np.asarray(reference, dtype=np.float64), FLOOR)
    c = np.maximum(np.asarray(current, dtype=np.float64), FLOOR)
    return float(np.sum((c - r) * np.log(c / r)))


def drift_report(reference: Mapping[str, Any], current: Table, threshold: float = THRESHOLD) -> dict[str, Any]:
    """PSI of every feature, worst first; a missing value is a bin of its own, so is every new category together."""
    features = []
    for name, known in reference["features"].items():
        values = current.columns[name]
        if known["kind"] == "numeric":
            missing = float(np.mean(np.isnan(values)))
            shares = numeric_shares(values, known["edges"])
            expected = known["shares"]
            new: list[str] = []
        else:
            counts = Counter(value for value in values if value is not None)
            present = max(sum(counts.values()), 1)
            missing = sum(value is None for value in values) / len(values)
            new = sorted(counts.keys() - known["shares"].keys())
            shares = [counts[category] / present for category in known["shares"]]
            shares.append(sum(counts[category] for category in new) / present)
            expected = [*known["shares"].values(), 0.0]
        index = psi(_with_missing(expected, known["missing"]), _with_missing(shares, missing))
        features.append(
            {"feature": name, "psi": round(index, 6), "drifted": index > threshold, "missing": missing, "new": new[:20]}
        )
    features.sort(key=lambda one: -one["psi"])
    return {
        "rows": current.rows,
        "referenceRows": reference["rows"],
        "threshold": threshold,
        "drifted": any(one["drifted"] for one in features),
        "features": features,
    }


def _with_missing(shares: Sequence[float], missing: float) -> list[float]:
    return [share * (1.0 - missing) for share in shares] + [missing]
