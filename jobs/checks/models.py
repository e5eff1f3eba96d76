"""What the registry and the audit trail say of models."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from jobs.checks.check import Finding, judged
from jobs.checks.system import System
from jobs.errors import MlopsError

VERIFIERS = 4


def aliases(system: System) -> Finding:
    """Every alias of the registry names a version whose files are those that were registered."""
    from jobs.registry.live import live_aliases

    registry = system.registry
    named = live_aliases()
    by_version: dict[tuple[str, str], list[str]] = {}
    for subject, number in sorted(named.items()):
        by_version.setdefault((subject.rpartition("@")[0], number), []).append(subject)
    if f"{system.model}@{system.alias}" not in named:
        return judged(
            [f"{system.model} has no alias {system.alias}"], "",
            f"promote a version: `mlops models promote {system.model}`",
        )  # fmt: skip

    def problem(item: tuple[tuple[str, str], list[str]]) -> str | None:
        (model, number), subjects = item
        try:
            version = registry.find(model, number)
            if version.bundle or model == system.model:
                registry.verify(version)
        except MlopsError as error:
            return f"{', '.join(subjects)} (version {number}): {error.problem}"
        return None

    with ThreadPoolExecutor(VERIFIERS) as pool:
        problems = [found for found in pool.map(problem, by_version.items()) if found]
    return judged(
        problems, f"{len(named)} aliases name {len(by_version)} verified versions",
        "roll back or promote another version; `mlops audit list` tells who moved it",
    )  # fmt: skip


def audit(system: System) -> Finding:  # noqa: ARG001 - the trail is where the environment says
    """The audit trail is whole, and says what the registry says."""
    from jobs.audit.query import differences
    from jobs.audit.trail import Trail
    from jobs.registry.live import live_aliases, live_anchors

    entries, broken = Trail.open().check()
    problems = [str(one) for one in broken] + differences(entries, live_aliases(), live_anchors())
    return judged(problems, f"{len(entries)} entries, as the registry has it", "`mlops audit verify --registry`")
