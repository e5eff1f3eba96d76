"""Many tests at once: p-values adjusted so that they may be compared with the level; numpy only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from jobs.drift.config import Correction


def adjusted(values: Sequence[float], correction: Correction) -> list[float]:
    """In the given order. `holm` bounds the chance of any false alarm, `benjamini_hochberg` the share of false ones."""
    p = np.asarray(values, dtype=np.float64)
    if correction == "none" or len(p) == 0:
        return [float(one) for one in p]
    order = np.argsort(p, kind="stable")
    place = np.arange(len(p))
    if correction == "holm":
        ranked = np.maximum.accumulate(p[order] * (len(p) - place))
    else:
        ranked = np.minimum.accumulate((p[order] * len(p) / (place + 1))[::-1])[::-1]
    result = np.empty(len(p))
    result[order] = np.minimum(ranked, 1.0)
    return [float(one) for one in result]
