"""Raw rows or columns → float32 matrix, by a frozen specification."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from jobs.features.row import FLOAT32_MAX, EncodingError, RowEncoder

Matrix = npt.NDArray[np.float32]

# Numbers as JSON has them; numpy reads None as NaN. A bool would become a number.
_PLAIN = {int, float, type(None)}


class Encoder(RowEncoder):
    """Encodes many rows at once; the same matrix for the same values, whatever their container."""

    no_numbers: ClassVar[tuple[type, ...]] = (bool, np.bool_, str, bytes)
    floats: ClassVar[tuple[type, ...]] = (float, np.floating)

    def records(self, records: Sequence[Mapping[str, Any]]) -> Matrix:
        """Rows as mappings → matrix of shape (rows, width). Raises EncodingError for the first row that is wrong."""
        try:
            return self.columns({name: [record[name] for record in records] for name in self.spec.names})
        except (KeyError, EncodingError):
            rows = [self.row(number, record) for number, record in enumerate(records, 1)]
            return np.array(rows, dtype=np.float32).reshape(len(rows), self.width)

    def columns(self, columns: Mapping[str, Sequence[Any] | npt.NDArray[Any]]) -> Matrix:
        """Columns of equal length → matrix of shape (rows, width). Raises EncodingError, or ValueError on lengths."""
        for name in self.spec.names:
            if name not in columns:
                raise EncodingError(1, name, "the field is missing", sorted(columns), self._fields)
        lengths = {name: len(columns[name]) for name in self.spec.names}
        rows = next(iter(lengths.values()), 0)
        if len(set(lengths.values())) > 1:
            raise ValueError(f"columns must have one length; given {lengths}")
        matrix = np.zeros((rows, self.width), dtype=np.float32)
        for name, offset, index, nullable in self._plan:
            if index is None:
                matrix[:, offset] = self._numbers(columns[name], name, nullable)
            else:
                codes = self._codes(columns[name], name, index, nullable)
                known = np.flatnonzero(codes >= 0)
                matrix[known, codes[known]] = 1.0
        return matrix

    def _numbers(self, values: Sequence[Any] | npt.NDArray[Any], name: str, nullable: bool) -> npt.NDArray[np.float64]:
        try:
            if isinstance(values, np.ndarray) and values.dtype.kind in "iuf":
                numbers = values.astype(np.float64)
            elif set(map(type, values)) <= _PLAIN:
                numbers = np.array(values, dtype=np.float64)
            else:
                raise OverflowError
        except OverflowError:
            slow = [self.number(row, name, value, nullable) for row, value in enumerate(values, 1)]
            return np.array(slow, dtype=np.float64)
        for row in np.flatnonzero(~(np.abs(numbers) <= FLOAT32_MAX)).tolist():
            self.number(row + 1, name, values[row], nullable)
        return numbers

    def _codes(
        self, values: Sequence[Any] | npt.NDArray[Any], name: str, index: dict[str, int], nullable: bool
    ) -> npt.NDArray[np.intp]:
        try:
            codes = np.fromiter(map(index.get, values, repeat(-1)), np.intp, len(values))
        except TypeError:  # a list or an object has no hash
            codes = np.full(len(values), -1, dtype=np.intp)
        for row in np.flatnonzero(codes < 0).tolist():
            codes[row] = self.category(row + 1, name, values[row], index, nullable)
        return codes
