"""Which way a rollout goes, from the steps that are over. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from jobs.deployment.figures import Side
from jobs.deployment.record import Kept, Mark, Order

# Of a step: how often its figures are read, in seconds.
LOOK_SECONDS = 1.0


def way(order: Order, marks: Sequence[Mark]) -> tuple[Kept, str] | None:
    """The side to keep and why; None while another step is to come."""
    for mark in marks:
        bad = mark.verdict == "fail" or (mark.verdict == "inconclusive" and order.inconclusive == "roll-back")
        if bad and order.ends:
            return "stable", f"step {mark.name}: {'; '.join(mark.reasons)}"
    if len(marks) < len(order.steps):
        return None
    told = "; ".join(reason for reason in (marks[-1].reasons if marks else ())) or "nothing was judged"
    return ("new", told) if order.ends else ("stable", f"{marks[-1].verdict}: {told}")


def known(marks: Sequence[Mark]) -> Side:
    """The stable side over all steps so far: what the new one is compared with, also once it has all traffic."""
    return sum((mark.figures.stable for mark in marks), Side())


def looks(order: Order) -> int:
    """How often the figures of a whole rollout are judged, at most."""
    judged = [step for step in order.steps if step.judged]
    return sum(math.ceil((step.seconds + order.patience_seconds) / LOOK_SECONDS) + 1 for step in judged)
