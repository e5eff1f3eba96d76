"""A retraining by hand, on the machine of whoever asks."""

from __future__ import annotations

from datetime import UTC, datetime

from jobs.datasets.source import source_of
from jobs.errors import MlopsError
from jobs.retraining.check import ChampionOf, order_of
from jobs.retraining.config import RetrainingConfig
from jobs.retraining.ledger import Ledger
from jobs.retraining.order import Order
from jobs.retraining.policy import Decision, name_of
from jobs.retraining.priority import Priority


def by_hand(
    ledger: Ledger, champion: ChampionOf, model: str, alias: str, data: str | None, reason: str
) -> Order:  # fmt: skip
    """A start of our own, which answers what is open. Raises MlopsError beside one that runs."""
    page = ledger.page(model)
    version = champion(model, alias)
    number = max((order.number for order in page.orders), default=0) + 1
    if running := page.running():
        raise MlopsError(
            "a retraining of this model runs; nothing was started", given=running[0].name,
            change="wait for its end (`mlops retrain status`), or end it with `mlops retrain cancel`",
        )  # fmt: skip
    rules = RetrainingConfig(data=source_of(data) if data else None)
    requests = tuple(sorted(ledger.open_requests(page, version)))
    decision = Decision("start", reason, None, Priority.P3, version, number, name_of(model, number), requests)
    order = order_of(model, decision, rules, alias, datetime.now(UTC), "here")
    if not ledger.claim(order):
        raise MlopsError(
            "another retraining of this model was started at the same moment", given=order.name,
            change="`mlops retrain status`",
        )  # fmt: skip
    return order
