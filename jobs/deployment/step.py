"""One step of a rollout: how traffic stands, for how long. Pure."""

from __future__ import annotations

from pydantic import Field

from jobs.config import Frozen


class Step(Frozen):
    """Percent of the traffic that the new side answers (`weight`) and gets a copy of (`mirror`), for `seconds`.

    `judged`: the new side's figures are judged; else the step only measures. `new` and `stable` are replicas: None
    leaves them to whoever scales that side.
    """

    name: str
    weight: int = Field(ge=0, le=100)
    mirror: int = Field(0, ge=0, le=100)
    seconds: float = Field(ge=0)
    judged: bool = True
    new: int | None = Field(None, ge=0)
    stable: int | None = Field(None, ge=0)
