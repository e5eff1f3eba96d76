"""The `kind: rollout` config: how much traffic a new version gets, for how long, and what it may not do. Pure."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

from pydantic import Field, field_validator

from jobs.config import Frozen

Strategy = Literal["canary", "blue-green", "rolling", "shadow"]
STRATEGIES: tuple[Strategy, ...] = ("canary", "blue-green", "rolling", "shadow")


class Limits(Frozen):
    """What the new side may do; `level` is the chance, for a whole rollout, that a good version is refused."""

    level: float = Field(0.01, gt=0, lt=0.5)
    errors: float = Field(0.01, ge=0, lt=1, description="share of requests that the new side may fail")
    p95_seconds: float = Field(0.2, gt=0, description="95 % of requests must be answered within this time")
    p95_factor: float = Field(3.0, gt=1, description="… and within so many times the stable side's p95")
    p95_floor: float = Field(0.025, gt=0, description="faster than this is never too slow beside the stable side")
    shift: float = Field(0.15, gt=0, le=1, description="Kolmogorov-Smirnov distance of its predictions, 0 to 1")


class Stage(Frozen):
    """`weight`: percent of the traffic."""

    weight: int = Field(ge=1, le=99)
    seconds: float = Field(ge=0)


class Canary(Frozen):
    stages: tuple[Stage, ...] = tuple(Stage(weight=weight, seconds=60) for weight in (5, 25, 50))

    @field_validator("stages")
    @classmethod
    def _rises(cls, stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
        if not stages or any(one.weight >= other.weight for one, other in pairwise(stages)):
            raise ValueError("weights must rise from stage to stage, and there must be one")
        return stages


class BlueGreen(Frozen):
    baseline_seconds: float = Field(30, ge=0, description="the stable side is measured before all traffic moves")


class Rolling(Frozen):
    seconds: float = Field(30, ge=0, description="for each replica")


class Shadow(Frozen):
    mirror: int = Field(20, ge=1, le=100, description="percent of the requests that the new side gets a copy of")
    seconds: float = Field(600, gt=0)


class RolloutPolicy(Frozen):
    """Times are seconds. A step that has too few requests to judge waits for up to `patience_seconds` more."""

    kind: Literal["rollout"] = "rollout"
    strategy: Strategy = "canary"
    canary: Canary = Canary()
    blue_green: BlueGreen = BlueGreen()
    rolling: Rolling = Rolling()
    shadow: Shadow = Shadow()
    limits: Limits = Limits()
    minimum_requests: int = Field(100, ge=1, description="of the new side in each step, to judge it by")
    bake_seconds: float = Field(120, ge=0, description="all traffic on the new side, the stable one still ready")
    patience_seconds: float = Field(300, ge=0)
    inconclusive: Literal["roll-back", "go-on"] = "roll-back"
