"""A platform around a check of the ledger: what it asks, what it did, and the time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from jobs.datasets.shelf import Shelf
from jobs.errors import ClusterError
from jobs.registry.champion import NoChampionError
from jobs.retraining.check import Checked, Desk, check
from jobs.retraining.config import RetrainingConfig
from jobs.retraining.launch import Fate
from jobs.retraining.ledger import Ledger, at
from jobs.retraining.order import Order
from jobs.retraining.outcome import Outcome
from tests.jobs.retraining.support import MODEL, NOW

FIRST = "retrain-churn-classifier-0001"


@dataclass
class Jobs:
    """A cluster that remembers the Jobs it was asked for, and how the test says that they stand."""

    made: list[str] = field(default_factory=list)
    fates: dict[str, Fate] = field(default_factory=dict)
    down: bool = False

    def launch(self, order: Order, address: str) -> bool:
        if self.down:
            raise ClusterError("Kubernetes does not answer")
        assert at(address)[1] == order
        if order.name in self.fates:
            return False
        self.made.append(order.name)
        self.fates[order.name] = Fate("running")
        return True

    def fate(self, order: Order) -> Fate:
        return self.fates.get(order.name, Fate("absent"))

    def cancel(self, order: Order) -> None:
        self.fates.pop(order.name, None)


@dataclass
class Trail:
    said: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def append(self, action: str, subject: str, **facts: Any) -> None:
        self.said.append((action, subject, facts))

    def actions(self) -> list[str]:
        return [action for action, _, _ in self.said]


@dataclass
class Office:
    """A platform around the check: what it asks, what it did, and the time."""

    shelf: Shelf
    jobs: Jobs = field(default_factory=Jobs)
    trail: Trail = field(default_factory=Trail)
    champions: dict[str, str] = field(default_factory=lambda: {MODEL: "1"})
    now: datetime = NOW

    def champion(self, model: str, alias: str) -> str:
        if model not in self.champions:
            raise NoChampionError("the registry does not know this", given=f"{model}@{alias}")
        return self.champions[model]

    @property
    def desk(self) -> Desk:
        return Desk(Ledger(self.shelf), self.jobs, self.trail, self.champion, lambda: self.now)

    def look(self, rules: Mapping[str, RetrainingConfig] | None = None) -> dict[str, Checked]:
        return {one.model: one for one in check(self.desk, rules or {}, "champion")}

    def ends(self, name: str, **facts: Any) -> Outcome:
        """The Job says what became of it."""
        (order,) = [one for one in self.desk.ledger.page(MODEL).orders if one.name == name]
        given = {"model": MODEL, "number": order.number, "name": name, "time": self.now, "reason": "r"}
        outcome = Outcome.model_validate({**given, "result": "refused", "cpu_hours": 0.1, **facts})
        self.jobs.fates[name] = Fate("complete")
        return self.desk.ledger.finish(outcome)[0]
