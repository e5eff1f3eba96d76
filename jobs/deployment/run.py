"""The orchestrator: carries an order out on any target, from wherever an interruption left it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from jobs.audit.trail import who
from jobs.deployment.analysis import Judgement, judge
from jobs.deployment.course import LOOK_SECONDS, known, looks, way
from jobs.deployment.ledger import Ledger
from jobs.deployment.record import Decision, Driver, Kept, Mark, Order, Outcome, Result
from jobs.deployment.target import BadVersionError, Fence, Say, Target
from jobs.errors import MlopsError

if TYPE_CHECKING:
    from jobs.audit.entry import Entry


class SupersededError(MlopsError):
    """Another driver carries the rollout out, or has ended it."""


class Record(Protocol):
    """The audit trail."""

    def append(self, action: str, subject: str, **facts: Any) -> Entry: ...

    def entries(self) -> list[Entry]: ...


class Aliases(Protocol):
    """The registry's aliases, moved with a record of it; what stands already is left alone."""

    def named(self, model: str, alias: str) -> str | None: ...

    def point(self, model: str, alias: str, version: str, why: str, *, keep: bool = False) -> None:
        """`keep`: the version that it named before is kept under an alias of its own."""
        ...

    def remove(self, model: str, alias: str, why: str) -> None: ...


@dataclass(frozen=True)
class Desk:
    """What a rollout works with besides its target."""

    ledger: Ledger
    aliases: Aliases
    trail: Record
    say: Say
    actor: str = field(default_factory=who)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    wait: Callable[[float], None] = time.sleep


def begin(desk: Desk, target: Target, order: Order) -> Outcome:
    """Raises SupersededError when another rollout began at the same moment."""
    if not desk.ledger.claim(order):
        raise SupersededError(
            "another rollout began at the same moment; nothing was changed", given=order.name,
            change=f"`mlops deploy status {order.target} {order.model}`",
        )  # fmt: skip
    desk.say(f"{order.name}: version {order.version} beside {order.stable}, {order.strategy}")
    return resume(desk, target, order)


def resume(desk: Desk, target: Target, order: Order) -> Outcome:
    """Takes the rollout over and carries it to its end. Raises SupersededError when somebody else takes it."""
    fence = _take(desk, order)
    rollout = desk.ledger.rollout(order.model, order.target, order.number)
    if rollout.outcome is not None:
        return rollout.outcome
    decision = rollout.decision or _decided(desk, target, order, list(rollout.marks), fence)
    return _end(desk, target, order, decision, fence)


def roll_back(desk: Desk, target: Target, order: Order, reason: str) -> Outcome:
    """Ends the rollout with the stable version, whatever it did so far.

    Raises SupersededError when the new version was kept before; that is carried to its end first.
    """
    fence = _take(desk, order)
    rollout = desk.ledger.rollout(order.model, order.target, order.number)
    if rollout.outcome is None:
        decision = _decide(desk, order, "stable", f"by hand: {reason}", len(rollout.marks))
        outcome = _end(desk, target, order, decision, fence)
    else:
        outcome = rollout.outcome
    if outcome.result == "served":
        raise SupersededError(
            f"version {order.version} was kept before this came; it is served", given=order.name,
            change=f"`mlops deploy undo {order.target} {order.model}` brings version {order.stable} back",
        )  # fmt: skip
    return outcome


def end_without(desk: Desk, order: Order, reason: str) -> Outcome:
    """Ends the record of a rollout whose place is gone or was made anew; no place is asked, or told anything.

    What was decided before stands: the alias says then what a new place begins with. Raises SupersededError.
    """
    fence = _take(desk, order)
    rollout = desk.ledger.rollout(order.model, order.target, order.number)
    if rollout.outcome is not None:
        return rollout.outcome
    decision = rollout.decision or _decide(desk, order, "stable", f"the place is gone: {reason}", len(rollout.marks))
    if decision.kept == "new":
        _keep(desk, order, fence)
    return _finish(desk, order, decision, None)


def _take(desk: Desk, order: Order) -> Fence:
    """Makes this the rollout's driver; the fence raises from the moment that there is another."""
    number = desk.ledger.drivers(order) + 1
    if not desk.ledger.drive(order, Driver(number=number, actor=desk.actor, time=desk.clock())):
        raise _superseded(order)

    def fence() -> None:
        if desk.ledger.drivers(order) != number:
            raise _superseded(order)

    return fence


def _superseded(order: Order) -> SupersededError:
    return SupersededError(
        "another driver has taken the rollout over; this one stops", given=order.name,
        change=f"`mlops deploy status {order.target} {order.model}`",
    )  # fmt: skip


def _decided(desk: Desk, target: Target, order: Order, marks: list[Mark], fence: Fence) -> Decision:
    try:
        kept, reason = _gone_through(desk, target, order, marks, fence)
    except BadVersionError as error:
        kept, reason = "stable", str(error)
    if kept == "new" and (now := desk.aliases.named(order.model, order.alias)) not in (order.before, order.version):
        kept, reason = "stable", f"{order.alias} was moved to version {now} meanwhile, which was not asked for here"
    return _decide(desk, order, kept, reason, len(marks))


def _gone_through(desk: Desk, target: Target, order: Order, marks: list[Mark], fence: Fence) -> tuple[Kept, str]:
    """The steps that are left, put down in `marks` → the side to keep and why."""
    if found := way(order, marks):
        return found
    target.prepare(order, fence, desk.say)
    while not (found := way(order, marks)):
        target.apply(order, order.steps[len(marks)], fence, desk.say)
        marks.append(desk.ledger.mark(order, _watched(desk, target, order, marks, fence)))
        desk.say(f"step {marks[-1].name}: {marks[-1].verdict}: {'; '.join(marks[-1].reasons)}")
    return found


def _decide(desk: Desk, order: Order, kept: Kept, reason: str, steps: int) -> Decision:
    """The decision that counts, which may be another's."""
    wanted = Decision(kept=kept, reason=reason[:2000], steps=steps, actor=desk.actor, time=desk.clock())
    return desk.ledger.decide(order, wanted)


def _watched(desk: Desk, target: Target, order: Order, marks: list[Mark], fence: Fence) -> Mark:
    """Looks at the figures until the step's time is over, or they are plainly bad."""
    number, step = len(marks), order.steps[len(marks)]
    begun, before, most = desk.clock(), known(marks), looks(order)
    due = begun + timedelta(seconds=step.seconds)
    patience = due + timedelta(seconds=order.patience_seconds if step.judged else 0)
    read = target.meter(order)
    while True:
        fence()
        figures, now = read(), desk.clock()
        judgement = Judgement("pass", ("only measured",))
        if step.judged:
            judgement = judge(figures.new, before + figures.stable, order.limits, order.minimum_requests, most)
        over = now >= due and (judgement.verdict != "inconclusive" or now >= patience)
        # A shadow harms nobody: it runs its time, so that there is something to report.
        if over or (judgement.verdict == "fail" and order.ends):
            return Mark(
                step=number, name=step.name, time=begun, seconds=(now - begun).total_seconds(),
                verdict=judgement.verdict, reasons=judgement.reasons, figures=figures,
            )  # fmt: skip
        left = (due - now).total_seconds()
        desk.wait(min(LOOK_SECONDS, left) if left > 0 else LOOK_SECONDS)


def _end(desk: Desk, target: Target, order: Order, decision: Decision, fence: Fence) -> Outcome:
    seconds = None
    if decision.kept == "new":
        _keep(desk, order, fence)
    else:
        target.revert(order, fence, desk.say)
        seconds = (desk.clock() - decision.time).total_seconds()
    target.settle(order, decision.kept, fence, desk.say)
    return _finish(desk, order, decision, seconds)


def _keep(desk: Desk, order: Order, fence: Fence) -> None:
    fence()
    desk.aliases.point(order.model, order.alias, order.version, order.name, keep=True)


def _finish(desk: Desk, order: Order, decision: Decision, seconds: float | None) -> Outcome:
    result = _result(order, decision)
    _told(desk, order, decision, result, seconds)
    outcome = Outcome(result=result, reason=decision.reason, time=desk.clock(), seconds=seconds)
    return desk.ledger.finish(order, outcome)


def _result(order: Order, decision: Decision) -> Result:
    if decision.kept == "new":
        return "served"
    return "rolled-back" if order.ends or decision.steps < len(order.steps) else "reported"


def _told(desk: Desk, order: Order, decision: Decision, result: Result, seconds: float | None) -> None:
    """One entry for each rollout, also when its driver died after it had written it."""
    action, where = f"rollout.{result}", {"target": order.target, "number": order.number}
    for entry in desk.trail.entries():
        if entry.action == action and entry.subject == order.model and where.items() <= entry.facts.items():
            return
    marks = desk.ledger.rollout(order.model, order.target, order.number).marks
    steps = [
        {"step": one.name, "verdict": one.verdict, "seconds": round(one.seconds, 1), "reasons": list(one.reasons),
         "requests": one.figures.new.requests, "errors": one.figures.new.errors}
        for one in marks
    ]  # fmt: skip
    facts: Mapping[str, Any] = {
        **where, "version": order.version, "stable": order.stable, "strategy": order.strategy, "gate": order.gate,
        "by": order.actor, "why": order.reason, "reason": decision.reason, "steps": steps,
    }  # fmt: skip
    desk.trail.append(action, order.model, **facts, **({} if seconds is None else {"seconds": round(seconds, 2)}))
