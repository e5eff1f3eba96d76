"""References of bundles made before their counts were kept: ten bins and shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from jobs.drift.categories import Categories
from jobs.drift.numbers import Numbers
from jobs.drift.reference import Reference
from jobs.drift.repeats import Repeats


def read_reference(data: Mapping[str, Any]) -> Reference:
    """Of either format. Raises KeyError, TypeError or ValueError on anything else."""
    return Reference.from_json(data) if "format" in data else _first(data)


def _first(data: Mapping[str, Any]) -> Reference:
    """Counts follow from shares and rows; predictions and the label's name were not kept."""
    rows = int(data["rows"])
    features: dict[str, Numbers | Categories] = {}
    for name, known in data["features"].items():
        missing = round(rows * known["missing"])
        if known["kind"] == "numeric":
            edges = np.array(known["edges"], dtype=np.float64)
            counts = np.rint(np.array(known["shares"]) * (rows - missing)).astype(np.int64)
            low, high = (float(edges[0]), float(edges[-1])) if len(edges) else (0.0, 0.0)
            mean, deviation = float(known["mean"] or 0.0), float(known["deviation"] or 0.0)
            features[name] = Numbers(edges, counts, missing, low, high, mean, deviation, exact=False)
        else:
            shares = {category: round(share * (rows - missing)) for category, share in known["shares"].items()}
            features[name] = Categories(shares, 0, missing, sum(count == 1 for count in shares.values()))
    return Reference(rows, "", features, Repeats(0, 0))
