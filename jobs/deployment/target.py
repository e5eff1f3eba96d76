"""A place that serves a model: what the orchestrator asks of it, in the same words everywhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from jobs.deployment.figures import Figures
from jobs.deployment.policy import Strategy
from jobs.deployment.record import Kept, Order
from jobs.deployment.step import Step
from jobs.errors import MlopsError

# Raises SupersededError when another driver has taken the rollout over.
Fence = Callable[[], None]
# → what both sides did since the meter was opened; may be read again and again.
Meter = Callable[[], Figures]
Say = Callable[[str], None]


class BadVersionError(MlopsError):
    """The new side cannot serve the version. The rollout is rolled back; any other error interrupts it."""


@dataclass(frozen=True)
class SideState:
    """One side as it is: `versions` really served (one unless it changes right now), percent of the traffic."""

    name: str
    versions: tuple[str, ...]
    weight: int
    mirror: int = 0
    replicas: int = 0
    ready: int = 0
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Observed:
    """`active` names the side that answers; `idle` the one that a rollout would use, and `shape` what it would copy.

    `idle` is empty while no rollout can begin.
    """

    sides: tuple[SideState, ...]
    active: str
    idle: str
    shape: str | None = None

    def side(self, name: str) -> SideState:
        return next(one for one in self.sides if one.name == name)

    @property
    def served(self) -> str | None:
        """The version that answers; None when there is none or more than one."""
        versions = self.side(self.active).versions
        return versions[0] if len(versions) == 1 else None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Target(Protocol):
    """Each effect is idempotent: whoever goes on after an interruption does it again, at whatever point that was.

    Each effect asks `fence` right before it writes what moves traffic, after it has read what it writes over, and
    writes on condition that this has not changed; then no driver that was taken over can undo what its successor did.
    Raises BadVersionError where the version is to blame, whatever else where a rollout should wait for better times.
    """

    @property
    def name(self) -> str:
        """`k8s`, `lambda` or `sagemaker`: part of the ledger's keys."""
        ...

    @property
    def strategies(self) -> tuple[Strategy, ...]:
        """What it can do."""
        ...

    def alias(self, alias: str) -> str:
        """The registry's alias that says which version is served here, e.g. `champion-lambda` of `champion`."""
        ...

    def observe(self) -> Observed:
        """How it stands now; changes nothing."""
        ...

    def ask(self, records: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Rows, sent as clients send them → the answer, with `predictions` and `version`."""
        ...

    def prepare(self, order: Order, fence: Fence, say: Say) -> None:
        """The new side serves the version, proven, and gets no traffic that it did not get before."""
        ...

    def apply(self, order: Order, step: Step, fence: Fence, say: Say) -> None:
        """Traffic stands as the step says, and was read back."""
        ...

    def meter(self, order: Order) -> Meter:
        """Begins to measure both sides."""
        ...

    def revert(self, order: Order, fence: Fence, say: Say) -> None:
        """All traffic is on the stable side, as fast as can be, and was read back."""
        ...

    def settle(self, order: Order, kept: Kept, fence: Fence, say: Say) -> None:
        """The alias names the version of the side that is kept, which has all traffic: the other side's things go."""
        ...
