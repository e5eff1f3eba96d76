"""What became of a start. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, Field

from jobs.config import Frozen
from jobs.retraining.order import Order, folder_of

FOLDER = "outcomes"
Result = Literal["promoted", "refused", "failed", "cancelled"]


class Outcome(Frozen):
    """`refused`: the champion stays, for the reason and figures given. `cpu_hours` is None when nobody measured it."""

    model: str
    number: int
    name: str
    result: Result
    reason: str
    time: AwareDatetime
    champion: str | None = None
    version: str | None = None
    data_sha256: str | None = None
    cpu_hours: float | None = None
    figures: dict[str, Any] = Field(default_factory=dict)

    @property
    def key(self) -> str:
        return key_of(self.model, self.number)


def key_of(model: str, number: int) -> str:
    return f"{folder_of(FOLDER, model)}/{number:06d}.json"


def unmeasured(order: Order, result: Result, reason: str, time: datetime) -> Outcome:
    """Of a start that left no outcome itself; its CPU time is not known."""
    return Outcome(
        model=order.model, number=order.number, name=order.name, result=result, reason=reason[:2000], time=time
    )
