"""Whether a model is trained again now; pure: what is known in, a decision out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from jobs.retraining.config import Budget, RetrainingConfig
from jobs.retraining.priority import Priority
from jobs.retraining.request import Request

# A Job of ours may have 58 characters for its name (jobs.cluster.job).
NAME = 30


@dataclass(frozen=True)
class Past:
    """One start of the ledger; `cpu_hours`: what it used, or all that it may use while it has not ended."""

    number: int
    name: str
    started: datetime
    ended: bool
    cpu_hours: float


@dataclass(frozen=True)
class Decision:
    """`start`: the Job `name`, which answers these requests about version `champion`.

    `wait`: the same requests count again later; `refuse`: as things stand no check will ever start them;
    `idle`: nobody asks.
    """

    kind: Literal["start", "wait", "refuse", "idle"]
    reason: str
    until: datetime | None = None
    priority: Priority | None = None
    champion: str = ""
    number: int = 0
    name: str = ""
    requests: tuple[str, ...] = ()


def decide(
    model: str, requests: Mapping[str, Request], past: Sequence[Past], rules: RetrainingConfig, cost: float,
    now: datetime,
) -> Decision:  # fmt: skip
    """`requests`: the open ones by key, all of one version; `past`: every start of the model.

    `cost`: CPU hours that a run may use. The number of the start follows from the ledger, so that checks that look at
    the same moment name the same Job.
    """
    if not requests:
        return Decision("idle", "nobody asks")
    keys = tuple(sorted(requests))
    priority = min(request.priority(rules.large) for request in requests.values())
    number = max((one.number for one in past), default=0) + 1
    if not rules.enabled:
        return Decision("refuse", "retraining is switched off", priority=priority, requests=keys)
    if running := [one for one in past if not one.ended]:
        return Decision("wait", f"{running[0].name} has not ended", priority=priority, requests=keys)
    if (until := _cooldown(past, rules.cooldown.hours(priority))) > now:
        reason = f"the cooldown after {past[-1].name} is {rules.cooldown.hours(priority):g} h for {priority.name}"
        return Decision("wait", reason, until, priority, requests=keys)
    if kept := _budget(past, rules.budget, cost, now):
        return Decision(kept.kind, kept.reason, kept.until, priority, requests=keys)
    most = min(keys, key=lambda key: (requests[key].priority(rules.large), -requests[key].effect, key))
    chosen = requests[most]
    return Decision("start", chosen.reason, None, priority, chosen.version, number, name_of(model, number), keys)


def name_of(model: str, number: int) -> str:
    """Name of the Job; models whose names differ only in what a Job's name cannot hold stay apart."""
    plain = re.sub(r"[^a-z0-9]+", "-", model.lower())[:NAME].strip("-")
    if plain != model:
        plain = f"{plain}-{hashlib.sha256(model.encode()).hexdigest()[:6]}".strip("-")
    return f"retrain-{plain}-{number:04d}"


def _cooldown(past: Sequence[Past], hours: float) -> datetime:
    """When it is over."""
    last = max((one.started for one in past), default=None)
    return last + timedelta(hours=hours) if last else datetime.min.replace(tzinfo=UTC)


def _budget(past: Sequence[Past], budget: Budget, cost: float, now: datetime) -> Decision | None:
    """Why it forbids another run, and until when; None when it does not."""
    if budget.runs == 0 or cost > budget.cpu_hours:
        allowed = f"{budget.runs} runs and {budget.cpu_hours:g} CPU hours in {budget.days:g} days"
        return Decision("refuse", f"a run may use {cost:g} CPU hours, and the budget is {allowed}")
    window = timedelta(days=budget.days)
    within = sorted((one for one in past if one.started > now - window), key=lambda one: one.started)
    left = list(within)
    until = None
    while len(left) >= budget.runs or sum(one.cpu_hours for one in left) + cost > budget.cpu_hours:
        # The oldest leaves the window first.
        until = left.pop(0).started + window
    if until is None:
        return None
    used = f"{len(within)} of {budget.runs} runs and {sum(one.cpu_hours for one in within):.2f}"
    return Decision("wait", f"used in {budget.days:g} days: {used} of {budget.cpu_hours:g} CPU hours", until)
