"""Requests, starts and outcomes in the store. Each is written once; what is open follows from what exists."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import unquote

from pydantic import BaseModel, ValidationError

from jobs.datasets.shelf import Shelf, shelf_of
from jobs.errors import ConfigError, DataError
from jobs.retraining import order as orders
from jobs.retraining import outcome as outcomes
from jobs.retraining import request as requests
from jobs.retraining.order import Order, folder_of
from jobs.retraining.outcome import Outcome
from jobs.retraining.place import address
from jobs.retraining.policy import Past
from jobs.retraining.request import Request

# Each read is a request to the store.
READERS = 16
Kept = TypeVar("Kept", bound=BaseModel)


@dataclass(frozen=True)
class Page:
    """One model's part of the ledger, in the order of the starts."""

    model: str
    orders: tuple[Order, ...]
    outcomes: dict[int, Outcome]

    def running(self) -> list[Order]:
        return [order for order in self.orders if order.number not in self.outcomes]

    def answered(self) -> set[str]:
        return {key for order in self.orders for key in order.requests}

    def past(self) -> list[Past]:
        """What the policy counts: a start whose use nobody measured counts with all it might have used."""
        return [
            Past(
                order.number,
                order.name,
                order.time,
                (outcome := self.outcomes.get(order.number)) is not None,
                order.cost if outcome is None or outcome.cpu_hours is None else outcome.cpu_hours,
            )
            for order in self.orders
        ]


def at(place: str) -> tuple[Ledger, Order]:
    """The start at this address, and the ledger that it stands in. Raises ConfigError, DataError."""
    root, found, key = place.rpartition(f"/{orders.FOLDER}/")
    if not found:
        raise ConfigError(
            "this is no start of a retraining", given=place, allowed="…/runs/<model>/<number>.json",
            change="`mlops retrain history` has them; --model starts one here",
        )  # fmt: skip
    ledger = Ledger(shelf_of(root))
    return ledger, ledger._read(f"{orders.FOLDER}/{key}", Order)


@dataclass(frozen=True)
class Ledger:
    """Every method raises UnreachableError when the store is down; `unreadable` collects keys that hold no request."""

    shelf: Shelf
    unreadable: list[str] = field(default_factory=list)

    def models(self) -> list[str]:
        """Everything that was ever asked for or started."""
        keys = self._keys(requests.FOLDER) + self._keys(orders.FOLDER)
        return sorted({unquote(key.split("/")[1]) for key in keys})

    def page(self, model: str) -> Page:
        """Raises DataError when an entry is not one of ours: nothing may be decided on half a ledger."""
        started = self._all(self._keys(folder_of(orders.FOLDER, model)), Order)
        ended = self._all(self._keys(folder_of(outcomes.FOLDER, model)), Outcome)
        return Page(model, tuple(started), {one.number: one for one in ended})

    def open_requests(self, page: Page, version: str) -> dict[str, Request]:
        """By key; asked of this version and answered by no start yet. One that cannot be read is left out and told."""
        folder = folder_of(requests.FOLDER, page.model)
        answered = page.answered()
        keys = [key for key in self._keys(folder) if key not in answered]
        keys = [key for key in keys if key.startswith(f"{folder}/v{version}-")]
        with ThreadPoolExecutor(READERS) as pool:
            found = dict(zip(keys, pool.map(self._request, keys), strict=True))
        return {key: request for key, request in found.items() if request is not None}

    def claim(self, order: Order) -> bool:
        """Whether this start is ours: of two checks that decide the same, one gets the number."""
        return self.shelf.create(order.key, order.model_dump_json().encode())

    def outcome(self, order: Order) -> Outcome | None:
        """None while it runs."""
        key = outcomes.key_of(order.model, order.number)
        return self._read(key, Outcome) if key in self._keys(folder_of(outcomes.FOLDER, order.model)) else None

    def finish(self, outcome: Outcome) -> tuple[Outcome, bool]:
        """The outcome that counts, which is the first, and whether it is this one."""
        if self.shelf.create(outcome.key, outcome.model_dump_json().encode()):
            return outcome, True
        return self._read(outcome.key, Outcome), False

    def _keys(self, folder: str) -> list[str]:
        return [key for key in self.shelf.list_keys(f"{folder}/") if key.endswith(".json")]

    def _all(self, keys: Sequence[str], kind: type[Kept]) -> list[Kept]:
        with ThreadPoolExecutor(READERS) as pool:
            return list(pool.map(lambda key: self._read(key, kind), keys))

    def _read(self, key: str, kind: type[Kept]) -> Kept:
        try:
            return kind.model_validate_json(self.shelf.read(key))
        except ValidationError as error:
            raise DataError(
                f"no {kind.__name__.lower()} of a retraining", given=address(self.shelf, key),
                change="remove it from the bucket, or bring back the version that `mlops` wrote",
                details=tuple(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:5]),
            ) from error  # fmt: skip

    def _request(self, key: str) -> Request | None:
        try:
            return self._read(key, Request)
        except DataError:
            self.unreadable.append(key)
            return None
