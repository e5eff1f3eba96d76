"""One start: what a retraining is to do, as the ledger keeps it. Pure."""

from __future__ import annotations

from typing import Literal
from urllib.parse import quote

from pydantic import AwareDatetime

from jobs.cluster.config import Run
from jobs.config import Frozen
from jobs.datasets.source import Source
from jobs.retraining.priority import Priority

FOLDER = "runs"


class Order(Frozen):
    """`number` counts the model's starts from 1; `champion`: the version whose recipe is used; `requests`: the keys
    that it answers; `cost`: CPU hours at most.

    `time` is when it was decided: a dataset without a time is read as it was then, so that every attempt reads the
    same. `on`: a Kubernetes Job of this name, or the machine of whoever started it.
    """

    kind: Literal["retraining"] = "retraining"
    model: str
    alias: str
    challenger: str
    champion: str
    number: int
    name: str
    time: AwareDatetime
    on: Literal["k8s", "here"]
    data: Source | None = None
    priority: Priority
    reason: str
    requests: tuple[str, ...] = ()
    run: Run
    cost: float

    @property
    def key(self) -> str:
        return f"{folder_of(FOLDER, self.model)}/{self.number:06d}.json"


def folder_of(folder: str, model: str) -> str:
    """A model's own folder, whatever its name."""
    return f"{folder}/{quote(model, safe='')}"
