"""What the ledger keeps of one rollout: the order, each step, the decision, the outcome. Pure."""

from __future__ import annotations

from typing import Literal
from urllib.parse import quote, unquote

from pydantic import AwareDatetime, Field

from jobs.config import Frozen
from jobs.deployment.analysis import Verdict
from jobs.deployment.figures import Figures
from jobs.deployment.policy import Limits, Strategy
from jobs.deployment.step import Step

Kept = Literal["new", "stable"]
Result = Literal["served", "rolled-back", "reported"]


class Order(Frozen):
    """What is to be done, so that whoever goes on with it does the same: the policy as it was is part of it.

    `number` counts the rollouts of this model on this target from 1. `alias` is moved at the end; `before` is the
    version that it named at the start, if any, and `stable` the version that was served. `new_side` and `stable_side`
    are names of the target's own, such as `green` and `blue`; `replicas` those of the stable side at the start;
    `shape` is what the new side copies, where it copies one.
    """

    model: str
    target: str
    number: int = Field(ge=1)
    version: str
    digest: str
    stable: str
    before: str | None
    alias: str
    new_side: str
    stable_side: str
    shape: str | None = None
    replicas: int = Field(ge=0)
    strategy: Strategy
    steps: tuple[Step, ...] = Field(min_length=1)
    limits: Limits
    minimum_requests: int
    patience_seconds: float
    inconclusive: Literal["roll-back", "go-on"]
    gate: str
    reason: str = ""
    actor: str
    time: AwareDatetime

    @property
    def name(self) -> str:
        return f"rollout {self.number} of {self.model} on {self.target}"

    @property
    def folder(self) -> str:
        return f"{folder_of(self.model, self.target)}/{self.number:06d}"

    @property
    def ends(self) -> bool:
        """Whether the new version stays; a shadow only reports."""
        return self.strategy != "shadow"


class Driver(Frozen):
    """Who carries the rollout out; the one with the highest number does, and all others have stopped or will."""

    number: int = Field(ge=1)
    actor: str
    time: AwareDatetime


class Mark(Frozen):
    """A step that is over: what was seen, and what that means. `time`: when it began; `seconds`: how long it was."""

    step: int
    name: str
    time: AwareDatetime
    seconds: float
    verdict: Verdict
    reasons: tuple[str, ...]
    figures: Figures


class Decision(Frozen):
    """Which side is kept. Written once, and from then on there is one way to go, whoever goes it.

    `steps`: how many were over.
    """

    kept: Kept
    reason: str
    steps: int
    actor: str
    time: AwareDatetime


class Outcome(Frozen):
    """`seconds`: of a rollout that was rolled back, from the decision until all traffic was back."""

    result: Result
    reason: str
    time: AwareDatetime
    seconds: float | None = None


def folder_of(model: str, target: str) -> str:
    """Of a model on a target, whatever their names."""
    return f"{quote(model, safe='')}/{quote(target, safe='')}"


def folder_parts(key: str) -> tuple[str, str]:
    """Model and target of a key below their folder."""
    model, target, *_ = key.split("/")
    return unquote(model), unquote(target)
