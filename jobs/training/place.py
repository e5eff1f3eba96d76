"""Which worker of which training."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.metadata import version

from jobs.datasets.table import Table
from jobs.errors import ConfigError

LIBRARIES = ("numpy", "scikit-learn", "xgboost-cpu")


@dataclass(frozen=True)
class Place:
    """Worker `index` (0 …) of `workers` of the training called `name`."""

    name: str
    index: int
    workers: int

    def __post_init__(self) -> None:
        if not 0 <= self.index < self.workers:
            raise ConfigError("no such worker", given=self.index, allowed=f"0 to {self.workers - 1}")


def group_of(name: str, config_text: str, table: Table) -> str:
    """Of another config, other data or other libraries nothing is reused."""
    libraries = [f"{library}=={version(library)}" for library in LIBRARIES]
    text = "\n".join([config_text, table.digest(), *libraries])
    return f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
