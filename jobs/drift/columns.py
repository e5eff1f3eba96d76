"""Columns of Arrow batches as numbers or codes, by the rules of `jobs.datasets.validate`, without pandas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from jobs.datasets.validate import MISSING_TEXT
from jobs.features.row import FLOAT32_MAX

if TYPE_CHECKING:
    import pyarrow as pa

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Coded:
    """Categorical values: `texts[code]` of each row, None for a missing one. Two codes may have the same text."""

    texts: tuple[str | None, ...]
    codes: npt.NDArray[np.intp]

    def rows(self) -> dict[str | None, int]:
        """Rows of each text."""
        found: dict[str | None, int] = {}
        for text, count in zip(self.texts, np.bincount(self.codes, minlength=len(self.texts)).tolist(), strict=True):
            if count:
                found[text] = found.get(text, 0) + count
        return found

    def take(self, places: npt.NDArray[np.intp]) -> npt.NDArray[Any]:
        """Texts of these rows, dtype object."""
        texts = np.empty(len(self.texts), dtype=object)
        texts[:] = self.texts
        return texts[self.codes[places]]


def numbers(column: pa.Array) -> Floats | None:
    """float64 with NaN for null; None for what a Table would refuse or read another way (text, infinite, …)."""
    import pyarrow as pa

    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        return None
    plain, gaps = _primitive(column)
    values: Floats = plain.astype(np.float64)
    if gaps is not None:
        values[gaps] = np.nan
    # A comparison with NaN is false.
    return None if np.any(np.abs(values) > FLOAT32_MAX) else values


def coded(column: pa.Array) -> Coded:
    """Any type: text, whole numbers and truth values as a Table would write them.

    Without Arrow's own functions where it can be: importing them takes longer than a million rows.
    """
    import pyarrow as pa

    if pa.types.is_integer(column.type) and not column.null_count:
        values, _ = _primitive(column)
        low, high = int(values.min(initial=0)), int(values.max(initial=0))
        if high - low < len(values):
            return Coded(tuple(_text(value) for value in range(low, high + 1)), (values - low).astype(np.intp))
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    texts = (*(_text(value) for value in encoded.dictionary.tolist()), None)
    codes, gaps = _primitive(encoded.indices)
    return Coded(texts, (codes if gaps is None else np.where(gaps, len(texts) - 1, codes)).astype(np.intp))


def _primitive(column: pa.Array) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_] | None]:
    """Values of a column of numbers and where they are null; Arrow's own `to_numpy` imports pandas."""
    import pyarrow as pa

    present, data = column.buffers()
    rows = slice(column.offset, column.offset + len(column))
    kind = "f" if pa.types.is_floating(column.type) else "i" if pa.types.is_signed_integer(column.type) else "u"
    values = np.frombuffer(data, dtype=f"{kind}{column.type.bit_width // 8}")[rows]
    if not column.null_count:
        return values, None
    return values, np.unpackbits(np.frombuffer(present, dtype=np.uint8), bitorder="little")[rows] == 0


def _text(value: object) -> str | None:
    """A category as text: whole numbers without `.0`, because an integer column with a gap is read as floats."""
    if value is None or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value).strip()
    return None if isinstance(value, str) and text in MISSING_TEXT else text
