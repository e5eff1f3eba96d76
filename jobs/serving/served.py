"""What is served. Pure: a function that carries its model has neither numpy nor a store."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.bundle.prediction import Predicts
from jobs.registry.champion import Champion


@dataclass(frozen=True, slots=True)
class Served:
    """A verified model and the version it is."""

    champion: Champion
    scorer: Predicts
