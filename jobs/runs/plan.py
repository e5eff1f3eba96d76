"""Which runs may go; pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

KEEP = "mlops.keep"
UNFINISHED = frozenset({"RUNNING", "SCHEDULED"})


@dataclass(frozen=True)
class RunFacts:
    """A run that is not deleted. `ended` is None while it runs; `kept`: its tag `mlops.keep` says so."""

    run_id: str
    experiment: str
    name: str
    status: str
    started: datetime
    ended: datetime | None
    parent: str | None = None
    kept: bool = False

    @property
    def last(self) -> datetime:
        return self.ended or self.started


@dataclass(frozen=True)
class Plan:
    """`spared`: old runs that stay, each with the reason."""

    doomed: tuple[RunFacts, ...]
    spared: tuple[tuple[RunFacts, str], ...]


def plan(runs: Sequence[RunFacts], versions: Collection[str], before: datetime, unfinished: bool = False) -> Plan:
    """Runs that ended before that time, oldest first.

    Spared: runs behind registered versions (`versions` has their ids), runs with the tag, runs that have not ended
    unless `unfinished` (a killed one never does), and parents of any run that stays.
    """
    reasons: dict[str, str] = {}
    for run in runs:
        if run.run_id in versions:
            reasons[run.run_id] = "a registered version came from it"
        elif run.kept:
            reasons[run.run_id] = f"it has the tag {KEEP}"
        elif run.status in UNFINISHED and not unfinished:
            reasons[run.run_id] = "it has not ended"
        elif run.last >= before:
            reasons[run.run_id] = "it is not old enough"
    by_id = {run.run_id: run for run in runs}
    for run_id in list(reasons):
        parent = by_id[run_id].parent
        while parent in by_id and parent not in reasons:
            reasons[parent] = f"it is the parent of {run_id}, which stays"
            parent = by_id[parent].parent
    old = sorted((run for run in runs if run.last < before), key=lambda run: (run.last, run.run_id))
    return Plan(
        tuple(run for run in old if run.run_id not in reasons),
        tuple((run, reasons[run.run_id]) for run in old if run.run_id in reasons),
    )
