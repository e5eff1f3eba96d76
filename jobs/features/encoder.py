"""Raw rows or columns → float32 matrix, by a frozen specification."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, SupportsFloat, cast

import numpy as np
import numpy.typing as npt

from jobs.features.spec import FeatureSpec, NumericFeature

Matrix = npt.NDArray[np.float32]

FLOAT32_MAX = float(np.finfo(np.float32).max)
NAN = float("nan")


class EncodingError(ValueError):
    """A value the features do not allow: `row` counts from 1, `field` is the raw name."""

    def __init__(self, row: int, field: str, problem: str, given: object, allowed: str) -> None:
        self.row = row
        self.field = field
        self.problem = problem
        self.given = given
        self.allowed = allowed
        super().__init__(f"row {row}, field {field!r}: {problem}; given {given!r}; allowed: {allowed}")


class Encoder:
    """Encodes raw values; the same matrix for the same values, whatever their container.

    Numbers become one float32 column (missing: NaN), categories one 0/1 column each (missing or unknown: all zeros).
    None and NaN are missing; they are refused where the feature is not nullable. Other fields are ignored.
    """

    def __init__(self, spec: FeatureSpec) -> None:
        self.spec = spec
        self._plan: list[tuple[str, int, dict[str, int] | None, bool]] = []
        offset = 0
        for feature in spec.features:
            if isinstance(feature, NumericFeature):
                self._plan.append((feature.name, offset, None, feature.nullable))
                offset += 1
            else:
                index = {category: offset + place for place, category in enumerate(feature.categories)}
                self._plan.append((feature.name, offset, index, feature.nullable))
                offset += len(feature.categories)
        self.width = offset
        self._zeros = [0.0] * offset
        self._fields = f"every field of {list(spec.names)}"

    def records(self, records: Sequence[Mapping[str, Any]]) -> Matrix:
        """Rows as mappings → matrix of shape (rows, width). Raises EncodingError."""
        rows = [self._record(number, record) for number, record in enumerate(records, 1)]
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

    def _record(self, number: int, record: Mapping[str, Any]) -> list[float]:
        row = self._zeros.copy()
        for name, offset, index, nullable in self._plan:
            try:
                value = record[name]
            except KeyError:
                raise EncodingError(number, name, "the field is missing", sorted(record), self._fields) from None
            if index is None:
                kind = type(value)
                if (kind is float or kind is int) and -FLOAT32_MAX <= value <= FLOAT32_MAX:
                    row[offset] = value
                else:
                    row[offset] = _number(number, name, value, nullable)
            else:
                place = index.get(value, -1) if type(value) is str else -1
                if place < 0:
                    place = self._category(number, name, value, index, nullable)
                if place >= 0:
                    row[place] = 1.0
        return row

    def _numbers(self, values: Sequence[Any] | npt.NDArray[Any], name: str, nullable: bool) -> npt.NDArray[np.float64]:
        if isinstance(values, np.ndarray) and values.dtype.kind in "iuf":
            numbers = values.astype(np.float64)
            odd = np.flatnonzero(~(np.abs(numbers) <= FLOAT32_MAX))
            for row in odd:
                _number(int(row) + 1, name, numbers[row], nullable)
            return numbers
        return np.array([_number(row, name, value, nullable) for row, value in enumerate(values, 1)], dtype=np.float64)

    @staticmethod
    def _category(row: int, name: str, value: object, index: dict[str, int], nullable: bool) -> int:
        """Place of a value that is no known category: -1 (all zeros), or refused."""
        if isinstance(value, str):
            return index.get(str(value), -1)
        if value is None or (isinstance(value, (float, np.floating)) and value != value):
            if nullable:
                return -1
            raise EncodingError(row, name, "the value is missing", value, _allowed(index, nullable))
        raise EncodingError(row, name, "the value is not text", value, _allowed(index, nullable))


def _number(row: int, name: str, value: object, nullable: bool) -> float:
    """A finite float, NaN for a missing value, or EncodingError."""
    if value is None:
        number = NAN
    elif isinstance(value, (bool, np.bool_, str, bytes)) or not hasattr(value, "__float__"):
        raise EncodingError(row, name, "the value is not a number", value, _allowed(None, nullable))
    else:
        try:
            number = float(cast(SupportsFloat, value))
        except (OverflowError, TypeError, ValueError):
            number = float("inf")
    if number != number:
        if nullable:
            return NAN
        raise EncodingError(row, name, "the value is missing", value, _allowed(None, nullable))
    if not -FLOAT32_MAX <= number <= FLOAT32_MAX:
        raise EncodingError(row, name, "the number is out of range", value, _allowed(None, nullable))
    return number


def _allowed(index: dict[str, int] | None, nullable: bool) -> str:
    what = "a number within ±3.4e38" if index is None else f"text, known are {sorted(index)}"
    return f"{what}, or null" if nullable else what
