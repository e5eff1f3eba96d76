"""One raw row → the numbers of the matrix's row, by a frozen specification. Pure Python: a function has no numpy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, SupportsFloat, cast

from jobs.features.spec import FeatureSpec, NumericFeature

FLOAT32_MAX = (2 - 2**-23) * 2.0**127
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


class RowEncoder:
    """Encodes raw values.

    Numbers become one float32 column (missing: NaN), categories one 0/1 column each (missing or unknown: all zeros).
    None and NaN are missing; they are refused where the feature is not nullable. Other fields are ignored.
    """

    no_numbers: ClassVar[tuple[type, ...]] = (bool, str, bytes)
    floats: ClassVar[tuple[type, ...]] = (float,)

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

    def row(self, number: int, record: Mapping[str, Any]) -> list[float]:
        """The row's numbers, not yet cut to float32; `number` is for errors. Raises EncodingError."""
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
                    row[offset] = self.number(number, name, value, nullable)
            else:
                place = index.get(value, -1) if type(value) is str else -1
                if place < 0:
                    place = self.category(number, name, value, index, nullable)
                if place >= 0:
                    row[place] = 1.0
        return row

    def category(self, row: int, name: str, value: object, index: dict[str, int], nullable: bool) -> int:
        """Place of a value that is no known category: -1 (all zeros), or refused."""
        if isinstance(value, str):
            return index.get(str(value), -1)
        if value is None or (isinstance(value, self.floats) and value != value):
            if nullable:
                return -1
            raise EncodingError(row, name, "the value is missing", value, _allowed(index, nullable))
        raise EncodingError(row, name, "the value is not text", value, _allowed(index, nullable))

    def number(self, row: int, name: str, value: object, nullable: bool) -> float:
        """A finite float, NaN for a missing value, or EncodingError."""
        if value is None:
            number = NAN
        elif isinstance(value, self.no_numbers) or not hasattr(value, "__float__"):
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
