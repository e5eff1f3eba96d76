"""Where the traffic goes, and whether somebody is there. Pure below the check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.checks.check import Finding, judged, skipped
from jobs.checks.system import System

if TYPE_CHECKING:
    from jobs.deployment.target import Observed


def colours(system: System) -> Finding:
    """The traffic is whole, and every side that gets some has ready servers of one version."""
    if system.target is None:
        return skipped("no place that serves is known")
    observed = system.observed
    problems = uneven(observed)
    for side in observed.sides:
        if side.weight and not side.ready:
            problems.append(f"{side.name} gets {side.weight} % of the traffic and has no ready server")
        if side.weight and len(side.versions) != 1:
            problems.append(f"{side.name} serves {', '.join(side.versions) or 'no version'}, and must serve one")
    return judged(
        problems, f"{weights(observed)}; {observed.active} serves version {observed.served}",
        "`mlops deploy status`, then `mlops deploy resume` or `rollback`",
    )  # fmt: skip


def uneven(observed: Observed) -> list[str]:
    """A problem when the weights are no whole."""
    whole = sum(side.weight for side in observed.sides)
    return [] if whole == 100 else [f"{weights(observed)}: that is {whole} % together"]


def weights(observed: Observed) -> str:
    return ", ".join(f"{side.name} {side.weight} %" for side in observed.sides)
