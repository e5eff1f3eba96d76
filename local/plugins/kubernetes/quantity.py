"""Kubernetes quantities (`500m`, `1.5Gi`), as far as they have to be compared. Pure."""

from __future__ import annotations

import re
from decimal import Decimal

_NOTATION = re.compile(r"([+-]?[0-9.]+)([eE][+-]?[0-9]+)?([numkMGTPE]|[KMGTPE]i)?")
_FACTOR: dict[str, Decimal] = {
    "": Decimal(1),
    **{unit: Decimal(10) ** power for unit, power in zip("numkMGTPE", (-9, -6, -3, 3, 6, 9, 12, 15, 18), strict=True)},
    **{f"{unit}i": Decimal(1024) ** power for power, unit in enumerate("KMGTPE", start=1)},
}


def amount(quantity: str) -> Decimal:
    """The number a quantity stands for; ValueError if it is none."""
    match = _NOTATION.fullmatch(quantity.strip())
    if match is None:
        raise ValueError(f"{quantity!r} is not a quantity; allowed are numbers with a suffix, such as 500m, 1.5Gi, 10G")
    number, exponent, unit = match.groups()
    return Decimal(number + (exponent or "")) * _FACTOR[unit or ""]


def smaller(left: str, right: str) -> bool:
    """Whether `left` is less than `right`; text that is no quantity is never smaller."""
    try:
        return amount(left) < amount(right)
    except (ValueError, ArithmeticError):
        return False
