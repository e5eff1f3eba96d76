"""The dated price table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_TABLE = Path(__file__).with_name("prices.yaml")


@dataclass(frozen=True)
class Prices:
    """`everywhere` and `regions` of the table, with exact numbers."""

    source: str
    date: str
    hours: Decimal
    leaves_out: tuple[str, ...]
    by_use: frozenset[str]
    free: frozenset[str]
    everywhere: Mapping[str, Any]
    regions: Mapping[str, Mapping[str, Any]]

    def of(self, region: str | None, *path: str) -> Decimal | None:
        """The price at a path such as ("rds", "db.t4g.medium"); None if the table has none for the region."""
        for table in (self.everywhere, self.regions.get(region or "", {})):
            found: Any = table
            for part in path:
                found = found.get(part) if isinstance(found, Mapping) else None
            if isinstance(found, Decimal):
                return found
        return None

    def is_free(self, kind: str) -> bool:
        """Whether a type, or all of its service, costs nothing by itself."""
        return kind in self.free or kind.split("/")[0] in self.free


@cache
def prices() -> Prices:
    """The committed table."""
    raw = yaml.safe_load(_TABLE.read_text())
    return Prices(
        source=raw["source"],
        date=raw["date"],
        hours=Decimal(raw["hoursPerMonth"]),
        leaves_out=tuple(raw["leavesOut"]),
        by_use=frozenset(raw["byUse"]),
        free=frozenset(raw["free"]),
        everywhere=_exact(raw["everywhere"]),
        regions=_exact(raw["regions"]),
    )


def _exact(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _exact(each) for key, each in value.items()}
    # By its digits: the float 0.1 itself is a little more than 0.1.
    return Decimal(str(value))
