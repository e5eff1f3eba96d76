"""The shares of a cross-validation that workers take: one fold of one candidate each; pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from jobs.errors import ConfigError
from jobs.training.config import Experiment


@dataclass(frozen=True, order=True)
class Unit:
    """Fold `fold` (0 …) of a candidate."""

    candidate: str
    fold: int

    def __str__(self) -> str:
        return f"{self.candidate}/{self.fold}"

    @classmethod
    def from_text(cls, text: str) -> Unit:
        """Of `str`."""
        candidate, _, fold = text.rpartition("/")
        return cls(candidate, int(fold))


@dataclass(frozen=True)
class Begun:
    """Who works on a unit, and for how many seconds."""

    index: int
    seconds: float


def shares(experiment: Experiment) -> tuple[Unit, ...]:
    """In the order of the config. Raises ConfigError when there is nothing to share."""
    if experiment.cross_validation is None:
        raise ConfigError(
            "there is nothing that workers could share", given="a config without cross_validation",
            change="add `cross_validation: {folds: 5}`, or train with one worker",
        )  # fmt: skip
    folds = experiment.cross_validation.folds
    return tuple(Unit(one.name, fold) for one in experiment.candidates for fold in range(folds))


def next_unit(
    units: tuple[Unit, ...], index: int, workers: int, done: Collection[Unit], begun: Mapping[Unit, Begun],
    patience: float,
) -> Unit | None:  # fmt: skip
    """What worker `index` of `workers` does next; None when there is nothing for it now.

    Its own share first, also what an attempt of its own left behind; then what nobody has begun, from the other end.
    Worker 0 needs them all, so it alone also takes what somebody else has had for longer than `patience` seconds: no
    worker ever waits for a pod that may never get room.
    """
    missing = [unit for unit in units if unit not in done]
    own = set(units[index::workers])
    for unit in missing:
        if unit in own and (unit not in begun or begun[unit].index == index):
            return unit
    free = [unit for unit in missing if unit not in begun]
    if free:
        return free[-1 - index % len(free)]
    late = [unit for unit in missing if begun[unit].seconds > patience]
    return late[0] if late and index == 0 else None
