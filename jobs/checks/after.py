"""After a rollout: is it what was wanted, whole, recorded and well?"""

from __future__ import annotations

from jobs.checks.before import ON_KUBERNETES
from jobs.checks.check import Finding, bad, fine, judged, skipped
from jobs.checks.colours import uneven, weights
from jobs.checks.system import System

STATUS = "`mlops deploy status`"
# Of fewer requests a single slow one is the 95th percentile.
FEWEST = 20


def served(system: System) -> Finding:
    """Every replica of the active side serves the version and is ready."""
    wanted, side = system.rolled.version, system.observed.side(system.observed.active)
    others = [one for one in side.versions if one != wanted]
    if wanted not in side.versions or others:
        return bad(f"{side.name} serves {', '.join(side.versions) or 'nothing'}, not {wanted} alone", STATUS)
    if side.ready < max(side.replicas, 1):
        return bad(f"{side.name}: {side.ready} of {side.replicas} ready", f"{STATUS}; `make status`")
    return fine(f"version {wanted} on {side.name}, {side.ready} of {side.replicas} ready")


def traffic(system: System) -> Finding:
    """All traffic goes to the active side, and nothing is copied."""
    observed = system.observed
    problems = uneven(observed)
    if not problems and observed.side(observed.active).weight != 100:
        problems = [f"{weights(observed)}: a rollout is not over"]
    problems += [f"{side.mirror} % is copied to {side.name}" for side in observed.sides if side.mirror]
    return judged(problems, f"100 % to {observed.active}", f"{STATUS}; `mlops deploy resume` or `rollback` ends it")


def alias(system: System) -> Finding:
    """The registry says what is served."""
    holder = system.registry.holder(system.model, system.rolled.alias)
    named = holder.version if holder else None
    if named == system.rolled.version:
        return fine(f"{system.rolled.alias} names version {named}")
    return bad(
        f"{system.rolled.alias} names version {named or 'nothing'}, and {system.rolled.version} should be served",
        "servers that are made anew would serve another version: `mlops deploy resume`, or `mlops models promote`",
    )


def recorded(system: System) -> Finding:
    """The rollout has its outcome, and the audit trail its entry."""
    from jobs.audit.trail import Trail
    from jobs.deployment.ledger import Ledger, shelf_at

    target = system.place.name
    last = Ledger(shelf_at()).last(system.model, target)
    if last is None:
        return skipped("the version came by a promotion, not by a rollout")
    if last.outcome is None:
        return bad(f"{last.order.name} has no outcome", f"`mlops deploy resume {target} {system.model}`")
    if last.order.version != system.rolled.version:
        return skipped(f"the last rollout was of version {last.order.version}")
    where = {"target": target, "number": last.order.number}.items()
    entries = [
        one for one in Trail.open().entries() if one.action.startswith("rollout.") and where <= one.facts.items()
    ]
    if not entries:
        resume = f"`mlops deploy resume {target} {system.model}`"
        return bad(f"{last.order.name} has no entry in the audit trail", resume)
    return fine(f"{last.order.name}: {last.outcome.result}, entry {entries[-1].seq}")


def figures(system: System) -> Finding:
    """Errors of the last minute, and p95 of enough requests, are within the policy's limits."""
    from jobs.monitoring.watch import look

    if system.place.name != ON_KUBERNETES or system.address("prometheusUrl") is None:
        return skipped("only servers in the cluster are asked for their figures; the cloud has alarms")
    limits = system.rolled.policy.limits
    seen = look(system.prometheus.value, system.model, system.rolled.version)
    if seen.errors is None or seen.p95_seconds is None:
        return skipped("nobody asked for a prediction in the last minute")
    problems = [f"{seen.errors:.2%} of the requests fail, allowed {limits.errors:.2%}"] * (seen.errors > limits.errors)
    if seen.p95_seconds > limits.p95_seconds and seen.requests_per_second * 60 >= FEWEST:
        problems.append(f"p95 is {seen.p95_seconds * 1000:.0f} ms, allowed {limits.p95_seconds * 1000:.0f} ms")
    told = f"{seen.requests_per_second:.1f}/s, {seen.errors:.2%} failed, p95 {seen.p95_seconds * 1000:.1f} ms"
    return judged(problems, told, f"`mlops deploy undo {ON_KUBERNETES} {system.model}`")
