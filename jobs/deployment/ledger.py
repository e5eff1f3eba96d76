"""Rollouts in the store. Each object is written once; how a rollout stands follows from what exists."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from jobs.datasets.shelf import Shelf, shelf_of
from jobs.deployment.record import Decision, Driver, Mark, Order, Outcome, folder_of, folder_parts
from jobs.errors import DataError
from jobs.places import bucket

PLACE = "MLOPS_ROLLOUTS"
READERS = 16
Kept = TypeVar("Kept", bound=BaseModel)


def shelf_at(place: str | None = None) -> Shelf:
    """What is given, MLOPS_ROLLOUTS, or `rollouts/` in the bucket of features."""
    return shelf_of(place or os.environ.get(PLACE) or f"s3://{bucket('features')}/rollouts")


@dataclass(frozen=True)
class Rollout:
    """One rollout as the ledger has it; `marks` in the order of the steps."""

    order: Order
    drivers: int
    marks: tuple[Mark, ...]
    decision: Decision | None
    outcome: Outcome | None

    @property
    def running(self) -> bool:
        return self.outcome is None


@dataclass(frozen=True)
class Ledger:
    """Every method raises UnreachableError when the store is down, DataError when an object is not one of ours."""

    shelf: Shelf

    def numbers(self, model: str, target: str) -> list[int]:
        """Of all rollouts, ascending."""
        folder = folder_of(model, target)
        found = (key.split("/") for key in self.shelf.list_keys(f"{folder}/"))
        return sorted(int(parts[2]) for parts in found if parts[3:] == ["order.json"])

    def last(self, model: str, target: str) -> Rollout | None:
        """The newest; while it has no outcome, no other begins."""
        numbers = self.numbers(model, target)
        return self.rollout(model, target, numbers[-1]) if numbers else None

    def rollout(self, model: str, target: str, number: int) -> Rollout:
        """Raises DataError when there is no such number."""
        order = self._read(f"{folder_of(model, target)}/{number:06d}/order.json", Order)
        keys = set(self.shelf.list_keys(f"{order.folder}/"))
        marks = sorted(key for key in keys if key.startswith(f"{order.folder}/steps/"))
        with ThreadPoolExecutor(READERS) as pool:
            read = tuple(pool.map(lambda key: self._read(key, Mark), marks))
        decision, outcome = f"{order.folder}/decision.json", f"{order.folder}/outcome.json"
        return Rollout(
            order, sum(key.startswith(f"{order.folder}/drivers/") for key in keys), read,
            self._read(decision, Decision) if decision in keys else None,
            self._read(outcome, Outcome) if outcome in keys else None,
        )  # fmt: skip

    def history(self, model: str, target: str) -> list[Rollout]:
        """Oldest first."""
        return [self.rollout(model, target, number) for number in self.numbers(model, target)]

    def places(self) -> list[tuple[str, str]]:
        """Model and target of everything that was ever rolled out."""
        return sorted({folder_parts(key) for key in self.shelf.list_keys("") if key.endswith("/order.json")})

    def endings(self, model: str, target: str) -> Iterator[Outcome]:
        """Of the rollouts that have ended, the newest first; nothing else of them is read."""
        keys = self.shelf.list_keys(f"{folder_of(model, target)}/")
        for key in sorted((key for key in keys if key.endswith("/outcome.json")), reverse=True):
            yield self._read(key, Outcome)

    def claim(self, order: Order) -> bool:
        """Whether this rollout is ours: of two that begin at the same moment, one gets the number."""
        return self._create(f"{order.folder}/order.json", order)

    def drive(self, order: Order, driver: Driver) -> bool:
        """Whether this driver got its number."""
        return self._create(f"{order.folder}/drivers/{driver.number:03d}.json", driver)

    def drivers(self, order: Order) -> int:
        """The highest number of a driver; 0 before the first."""
        return len(self.shelf.list_keys(f"{order.folder}/drivers/"))

    def driver(self, order: Order) -> Driver | None:
        """Who carries it out; None before the first."""
        number = self.drivers(order)
        return self._read(f"{order.folder}/drivers/{number:03d}.json", Driver) if number else None

    def mark(self, order: Order, mark: Mark) -> Mark:
        """The record of this step that counts, which is the first."""
        return self._first(f"{order.folder}/steps/{mark.step:03d}.json", mark)

    def decide(self, order: Order, decision: Decision) -> Decision:
        """The decision that counts, which is the first."""
        return self._first(f"{order.folder}/decision.json", decision)

    def decision(self, order: Order) -> Decision | None:
        key = f"{order.folder}/decision.json"
        return self._read(key, Decision) if key in self.shelf.list_keys(key) else None

    def finish(self, order: Order, outcome: Outcome) -> Outcome:
        """The outcome that counts, which is the first."""
        return self._first(f"{order.folder}/outcome.json", outcome)

    def _create(self, key: str, thing: BaseModel) -> bool:
        return self.shelf.create(key, thing.model_dump_json().encode())

    def _first(self, key: str, thing: Kept) -> Kept:
        return thing if self._create(key, thing) else self._read(key, type(thing))

    def _read(self, key: str, kind: type[Kept]) -> Kept:
        try:
            return kind.model_validate_json(self.shelf.read(key))
        except ValidationError as error:
            raise DataError(
                f"no {kind.__name__.lower()} of a rollout", given=f"{self.shelf.root}/{key}",
                change="remove it from the bucket, or bring back the version that `mlops` wrote",
                details=tuple(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:5]),
            ) from error  # fmt: skip
