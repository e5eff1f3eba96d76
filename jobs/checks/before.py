"""Before a rollout: may this version go there, and is there a way back? Pure below the checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jobs.checks.check import Finding, bad, fine, judged, skipped
from jobs.checks.system import System
from jobs.checks.workloads import amount

ON_KUBERNETES = "k8s"
SERVING = "ml-serving"
SHADOW = "shadow"


def version(system: System) -> Finding:
    """The version is there, is not archived, and its files are those that were registered."""
    found = system.registry.find(system.model, system.rolled.version)
    if found.archived:
        return bad(f"version {found.version} is archived", f"`mlops models restore {system.model} {found.version}`")
    rows = len(system.registry.verify(found).manifest.golden)
    return fine(f"version {found.version} is whole: digest {found.bundle[:12]}, {rows} golden rows")


def gate(system: System) -> Finding:
    """The gate lets the version take the place of the one that is served."""
    from jobs.registry.promotion import assess

    served = system.observed.served
    if system.rolled.policy.strategy == SHADOW:
        return skipped("nobody sees a shadow's answers")
    registry = system.registry
    found = registry.find(system.model, system.rolled.version)
    before = registry.find(system.model, served) if served else None
    if before is not None and before.version == found.version:
        return bad(f"version {found.version} is served already", "`mlops models list` has the others")
    judgement = assess(registry, found, before, data=system.rolled.data)
    if judgement.passed:
        return fine(judgement.told)
    return bad(judgement.reasons[0], "shadow it, train a better one, or say why with --force", *judgement.reasons[1:])


def place(system: System) -> Finding:
    """Where it goes answers, and knows the strategy."""
    rolled, observed = system.rolled, system.observed
    if rolled.policy.strategy not in system.place.strategies:
        return bad(
            f"{system.place.name} cannot do {rolled.policy.strategy}", f"one of {', '.join(system.place.strategies)}"
        )
    return fine(f"{system.place.name} answers: {observed.active} is active, {observed.idle} idle")


def nothing_running(system: System) -> Finding:
    """No other rollout of the model is under way there."""
    from jobs.deployment.ledger import Ledger, shelf_at

    last = Ledger(shelf_at()).last(system.model, system.place.name)
    if last is not None and last.running:
        where = f"{last.order.target} {system.model}"
        ways = f"`mlops deploy resume {where}`, or `mlops deploy rollback {where}`"
        return bad(f"{last.order.name} has not ended", ways)
    return fine(f"the last: {last.order.name}, {last.outcome.result}" if last and last.outcome else "none before")


def way_back(system: System) -> Finding:
    """What serves now is one whole version: a roll back would serve it again."""
    served, active = system.observed.served, system.observed.active
    if served is None:
        versions = ", ".join(system.observed.side(active).versions)
        return bad(
            f"{active} serves {f'more than one version: {versions}' if versions else 'no version'}",
            f"promote a first version: `mlops models promote {system.model}`; or wait until all servers have followed",
        )
    system.registry.verify(system.registry.find(system.model, served))
    return fine(f"version {served} on {active}, whole")


def room(system: System) -> Finding:
    """The quota has room for the second colour beside the first."""
    if system.place.name != ON_KUBERNETES:
        return skipped("the cloud has its own limits")
    observed = system.observed
    active, idle = observed.side(observed.active), observed.side(observed.idle)
    name = f"model-server-{idle.name}"
    deployment = system.cluster.get(f"/apis/apps/v1/namespaces/{SERVING}/deployments/{name}")
    quotas = system.cluster.items(f"/api/v1/namespaces/{SERVING}/resourcequotas")
    more = max(active.replicas - idle.replicas, 0)
    problems = [text for one in quotas for text in lacking(one, deployment["spec"]["template"], more)]
    return judged(
        problems, f"room for {more} pods of {name}",
        f"raise `mlops:namespaces` of {SERVING} in the stack, or have fewer replicas: `mlops deploy scale`",
    )  # fmt: skip


def libraries(system: System) -> Finding:
    """The version was made by libraries of the same major versions as the one that the servers have loaded."""
    served = system.observed.served
    if served is None:
        return skipped("nothing is served to compare with")
    registry = system.registry
    new, old = (
        registry.verify(registry.find(system.model, which)).manifest.libraries
        for which in (system.rolled.version, served)
    )
    problems = [
        f"{name} {new[name]} made it, {old[name]} the version that is served"
        for name in sorted(new.keys() & old.keys())
        if new[name].split(".")[0] != old[name].split(".")[0]
    ]
    return judged(
        problems, f"{len(new)} libraries, no other major version than those of version {served}",
        "shadow it first; `mlops images test` loads a bundle of the training image in the serving image",
    )  # fmt: skip


def lacking(quota: Mapping[str, Any], template: Mapping[str, Any], pods: int) -> list[str]:
    """What of a quota `pods` more of this template would need beyond what is free."""
    status = quota.get("status") or {}
    hard, used = status.get("hard") or {}, status.get("used") or {}
    found = []
    for kind, wanted in needs(template["spec"]["containers"], pods).items():
        if kind not in hard:
            continue
        free = amount(hard[kind]) - amount(used.get(kind, "0"))
        if wanted > free:
            found.append(f"{pods} more pods need {wanted:g} {kind}, {max(free, 0):g} of {hard[kind]} are free")
    return found


def needs(containers: Sequence[Mapping[str, Any]], pods: int) -> dict[str, float]:
    """By the names that quotas have: `requests.cpu`, `limits.memory`, `pods` …"""
    found: dict[str, float] = {"pods": float(pods)}
    for container in containers:
        for side, amounts in (container.get("resources") or {}).items():
            for kind, quantity in (amounts or {}).items():
                name = f"{side}.{kind}"
                found[name] = found.get(name, 0.0) + pods * amount(quantity)
    return found
