"""When a model is trained again, and what that may cost."""

from __future__ import annotations

from pydantic import Field

from jobs.cluster.config import Run
from jobs.config import Frozen
from jobs.datasets.source import Source
from jobs.retraining.priority import Priority


class Cooldown(Frozen):
    """Hours from one start to the next, by the priority of the most urgent request."""

    p0: float = Field(1, ge=0)
    p1: float = Field(6, ge=0)
    p2: float = Field(24, ge=0)
    p3: float = Field(72, ge=0)

    def hours(self, priority: Priority) -> float:
        return float((self.p0, self.p1, self.p2, self.p3)[priority])


class Budget(Frozen):
    """What one model may use up in any window of `days`."""

    days: float = Field(7, gt=0)
    runs: int = Field(5, ge=0)
    cpu_hours: float = Field(10, ge=0, description="a run that has not ended counts with all it may use")


class Large(Frozen):
    """From when drift is large: P1 instead of P2."""

    effect: float = Field(0.5, gt=0, description="of the feature that moved most, e.g. its PSI")
    share: float = Field(0.5, gt=0, le=1, description="of the features that moved")


class RetrainingConfig(Frozen):
    """Section `retraining` of a monitoring config; every key has a default."""

    enabled: bool = True
    data: Source | None = Field(None, description="newest labelled rows; default: what the champion was trained on")
    challenger: str = Field("challenger", pattern=r"^[a-z][a-z0-9_-]{0,62}$", description="alias of the new version")
    large: Large = Large()
    cooldown: Cooldown = Cooldown()
    budget: Budget = Budget()
    run: Run = Run(cpu="1", retries=2)

    @property
    def cost(self) -> float:
        """CPU hours that one retraining may use; without a word about its cores, one."""
        return cores(self.run.cpu or "1") * self.run.deadline / 3600


def cores(amount: str) -> float:
    """`500m`, `1.5` → 0.5, 1.5."""
    return float(amount.removesuffix("m")) / (1000 if amount.endswith("m") else 1)
