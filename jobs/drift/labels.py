"""The label column of current data, where some rows' labels may not be known yet."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from jobs.datasets.schema import Label
from jobs.drift.window import UNKNOWN
from jobs.errors import DataError


def labels_of(texts: npt.NDArray[Any], label: Label, where: str) -> npt.NDArray[np.int8]:
    """Texts (not known: None) → 1, 0 or `UNKNOWN`. Raises DataError on any other text."""
    places = {label.positive: 1, label.negative: 0, None: UNKNOWN}
    strange = sorted({str(text) for text in texts.tolist() if text not in places})
    if strange:
        raise DataError(
            f"column {label.name!r} of {where} has values that are no labels",
            given=strange[:5],
            allowed=f"{label.positive!r}, {label.negative!r} or nothing",
        )
    return np.array([places[text] for text in texts.tolist()], dtype=np.int8)
