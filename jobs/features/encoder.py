"""Raw rows or columns → float32 matrix, by a frozen specification."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from jobs.features.row import FLOAT32_MAX, EncodingError, RowEncoder

Matrix = npt.NDArray[np.float32]


class Encoder(RowEncoder):
    """Encodes many rows at once; the same matrix for the same values, whatever their container."""

    no_numbers: ClassVar[tuple[type, ...]] = (bool, np.bool_, str, bytes)
    floats: ClassVar[tuple[type, ...]] = (float, np.floating)

    def records(self, records: Sequence[Mapping[str, Any]]) -> Matrix:
        """Rows as mappings → matrix of shape (rows, width). Raises EncodingError."""
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
                places = [
                    place if (place := index.get(value, -1) if type(value) is str else -1) >= 0
                    else self._category(row, name, value, index, nullable)
                    for row, value in enumerate(columns[name], 1)
                ]  # fmt: skip
                codes = np.array(places, dtype=np.intp)
                known = np.flatnonzero(codes >= 0)
                matrix[known, codes[known]] = 1.0
        return matrix

    def _numbers(self, values: Sequence[Any] | npt.NDArray[Any], name: str, nullable: bool) -> npt.NDArray[np.float64]:
        if isinstance(values, np.ndarray) and values.dtype.kind in "iuf":
            numbers = values.astype(np.float64)
            odd = np.flatnonzero(~(np.abs(numbers) <= FLOAT32_MAX))
            for row in odd:
                self._number(int(row) + 1, name, numbers[row], nullable)
            return numbers
        return np.array([self._number(row, name, value, nullable) for row, value in enumerate(values, 1)], np.float64)
