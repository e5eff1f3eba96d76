"""One look at the ledger: what ended is put on record, what is asked for is decided on, at most one start is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Protocol

from jobs.errors import MlopsError
from jobs.registry.champion import NoChampionError
from jobs.retraining.config import RetrainingConfig
from jobs.retraining.launch import Launcher
from jobs.retraining.ledger import Ledger, Page
from jobs.retraining.order import Order
from jobs.retraining.outcome import Outcome, unmeasured
from jobs.retraining.place import address
from jobs.retraining.policy import Decision, decide

# A start whose check died before it made the Job is made good within this time; later its Job was removed by hand.
MAKE_GOOD = timedelta(minutes=30)
# Longer than the Job's own deadline, for a machine whose person went away.
GIVE_UP = timedelta(hours=1)


# Model, alias → the version's number. Raises NoChampionError without one.
ChampionOf = Callable[[str, str], str]


class Record(Protocol):
    """The audit trail."""

    def append(self, action: str, subject: str, **facts: Any) -> object: ...


@dataclass(frozen=True)
class Desk:
    """What a check works with."""

    ledger: Ledger
    launcher: Launcher
    trail: Record
    champion: ChampionOf
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


@dataclass(frozen=True)
class Checked:
    """What was decided on one model. `settled`: starts whose end was put on record now."""

    model: str
    decision: Decision
    settled: tuple[Outcome, ...]
    started: bool

    def as_dict(self) -> dict[str, Any]:
        decision = asdict(self.decision)
        return {
            **{key: decision[key] for key in ("kind", "reason", "until", "name")},
            "model": self.model,
            "priority": self.decision.priority.name if self.decision.priority is not None else None,
            "requests": len(self.decision.requests),
            "started": self.started,
            "settled": [outcome.model_dump(mode="json") for outcome in self.settled],
        }


def check(desk: Desk, rules: Mapping[str, RetrainingConfig], alias: str) -> list[Checked]:
    """Every model that was ever asked for; the most urgent start is made, and the others' come with later looks.

    Safe to interrupt and to run twice at once: the ledger gives each number to one start.
    """
    looked = []
    for model in sorted({*desk.ledger.models(), *rules}):
        rule = rules.get(model, RetrainingConfig())
        settled = settle(desk, desk.ledger.page(model))
        page = desk.ledger.page(model)
        decision = outlook(desk.ledger, desk.champion, page, rule, alias, desk.clock())
        looked.append((Checked(model, decision, settled, False), rule))
    starts = [(one.decision.priority or 0, one.model) for one, _ in looked if one.decision.kind == "start"]
    chosen = min(starts)[1] if starts else None
    results = []
    for one, rule in looked:
        if one.model == chosen:
            results.append(_start(desk, one, rule, alias))
        elif one.decision.kind == "start":
            later = Decision("wait", f"{chosen} is started first", None, one.decision.priority)
            results.append(replace(one, decision=replace(later, requests=one.decision.requests)))
        else:
            results.append(one)
    return results


def settle(desk: Desk, page: Page) -> tuple[Outcome, ...]:
    """Puts on record how starts ended that could not say so themselves, and makes Jobs good that were never made."""
    settled = []
    for order in page.running():
        now = desk.clock()
        if (reason := _ended(desk, order, now)) is None:
            continue
        outcome, ours = desk.ledger.finish(unmeasured(order, "failed", reason, now))
        if ours:
            _record(desk, outcome)
            settled.append(outcome)
    return tuple(settled)


def cancel(desk: Desk, page: Page) -> Outcome | None:
    """Ends the start that runs, with its Job; None when none runs."""
    for order in page.running():
        outcome, ours = desk.ledger.finish(unmeasured(order, "cancelled", "by hand", desk.clock()))
        if order.on == "k8s":
            desk.launcher.cancel(order)
        if ours:
            _record(desk, outcome)
        return outcome
    return None


def _ended(desk: Desk, order: Order, now: datetime) -> str | None:
    """Why a start without an outcome has ended; None while it may go on."""
    limit = timedelta(seconds=order.run.deadline)
    if order.on == "here":
        return "nothing was heard of it any more" if now - order.time > limit + GIVE_UP else None
    fate = desk.launcher.fate(order)
    match fate.phase:
        case "failed":
            return fate.reason
        case "complete":
            return "its Job ended without saying what became of it"
        case "absent" if now - order.time > MAKE_GOOD:
            return "its Job is gone, and it said nothing before"
        case "absent":
            if desk.launcher.launch(order, address(desk.ledger.shelf, order.key)):
                _started(desk, order)
    return None


def outlook(
    ledger: Ledger, champion: ChampionOf, page: Page, rule: RetrainingConfig, alias: str, now: datetime
) -> Decision:
    """What a check would decide; changes nothing."""
    try:
        version = champion(page.model, alias)
    except NoChampionError:
        return Decision("refuse", f"no version is {page.model}@{alias}: promote one first")
    return decide(page.model, ledger.open_requests(page, version), page.past(), rule, rule.cost, now)


def _start(desk: Desk, one: Checked, rule: RetrainingConfig, alias: str) -> Checked:
    """The claim decides who starts; whoever comes second leaves the Job to the first, or to the next look."""
    order = order_of(one.model, one.decision, rule, alias, desk.clock(), "k8s")
    if not desk.ledger.claim(order):
        waits = replace(one.decision, kind="wait", reason=f"another check started {order.name} at the same moment")
        return replace(one, decision=waits)
    try:
        # False: another look found the claim without its Job and made it good meanwhile, and has put that on record.
        if desk.launcher.launch(order, address(desk.ledger.shelf, order.key)):
            _started(desk, order)
    except MlopsError as error:
        waits = replace(one.decision, kind="wait", reason=f"{order.name} cannot be made yet: {error.problem}")
        return replace(one, decision=waits)
    return replace(one, started=True)


def order_of(
    model: str, decision: Decision, rule: RetrainingConfig, alias: str, now: datetime, on: Literal["k8s", "here"]
) -> Order:
    """The decision as the ledger keeps it."""
    assert decision.priority is not None
    return Order(
        model=model, alias=alias, challenger=rule.challenger, champion=decision.champion, number=decision.number,
        name=decision.name, time=now, on=on, data=rule.data, priority=decision.priority, reason=decision.reason,
        requests=decision.requests, run=rule.run, cost=rule.cost,
    )  # fmt: skip


def _started(desk: Desk, order: Order) -> None:
    desk.trail.append(
        "retraining.started", order.model, name=order.name, priority=order.priority.name, reason=order.reason,
        requests=len(order.requests),
    )  # fmt: skip


def _record(desk: Desk, outcome: Outcome) -> None:
    desk.trail.append(f"retraining.{outcome.result}", outcome.model, name=outcome.name, reason=outcome.reason)
