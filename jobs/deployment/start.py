"""What is asked for → an order, or a refusal that says what to change. Nothing is changed but the audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs.audit.query import REFUSED, subject_of
from jobs.audit.trail import Trail
from jobs.deployment.plan import BACK, steps_of
from jobs.deployment.policy import STRATEGIES, RolloutPolicy, Strategy
from jobs.deployment.record import Order
from jobs.deployment.run import Desk
from jobs.deployment.target import Observed, Target
from jobs.errors import ConfigError, RegistryError
from jobs.registry.promotion import assess

if TYPE_CHECKING:
    from jobs.datasets.source import Source
    from jobs.registry.versions import Registry, Version


@dataclass(frozen=True)
class Wanted:
    """`which`: a version's number or @alias; `alias`: the champion's; `force`: why whatever the gate says.

    `undo`: back to a version that was served before, which no gate is asked about.
    """

    model: str
    which: str
    alias: str = "champion"
    strategy: Strategy | None = None
    force: str = ""
    reason: str = ""
    undo: bool = False
    data: Source | None = None


def strategy_of(text: str) -> Strategy:
    """Raises ConfigError."""
    for strategy in STRATEGIES:
        if strategy == text:
            return strategy
    raise ConfigError("there is no such strategy", given=text, allowed=", ".join(STRATEGIES))


def current(desk: Desk, target: Target, observed: Observed, model: str, alias: str) -> str | None:
    """The version that answers; when no server says one, that of the place's alias, or else the champion's."""
    named = (desk.aliases.named(model, one) for one in (target.alias(alias), alias))
    return observed.served or next(filter(None, named), None)


def order_of(desk: Desk, target: Target, registry: Registry, policy: RolloutPolicy, wanted: Wanted) -> Order:
    """Raises ConfigError, RegistryError, BundleError or UnreachableError."""
    strategy = "blue-green" if wanted.undo else wanted.strategy or policy.strategy
    if strategy not in target.strategies:
        raise ConfigError(f"{target.name} has no such strategy", given=strategy, allowed=", ".join(target.strategies))
    last = desk.ledger.last(wanted.model, target.name)
    if last is not None and last.running:
        raise RegistryError(
            f"{last.order.name} has not ended; nothing was changed", given=f"version {wanted.which}",
            allowed="one rollout at a time",
            change=f"`mlops deploy resume {target.name} {wanted.model}` goes on with it, `rollback` ends it",
        )  # fmt: skip
    version = registry.find(wanted.model, wanted.which)
    observed = target.observe()
    if not observed.idle:
        raise RegistryError(
            f"{target.name} takes no rollout now; nothing was changed", given=observed.side(observed.active).details,
            change="delete it and make it anew with `pulumi up --refresh`: it begins with what the registry says",
        )  # fmt: skip
    stable = _stable(desk, target, observed, registry, wanted)
    if version.version == stable.version:
        raise RegistryError(
            "this version is served already; nothing was changed", given=f"{wanted.model} {version.version}",
            allowed=f"another than version {stable.version}", change="`mlops models list` has them",
        )  # fmt: skip
    _fit(version)
    gate = _gate(registry, target, version, stable, strategy, wanted)
    alias = target.alias(wanted.alias)
    before = registry.holder(wanted.model, alias)
    replicas = observed.side(observed.active).replicas
    steps = BACK if wanted.undo else steps_of(strategy, policy, replicas)
    return Order(
        model=wanted.model, target=target.name, number=last.order.number + 1 if last else 1, version=version.version,
        digest=version.bundle, stable=stable.version, before=before.version if before else None, alias=alias,
        new_side=observed.idle, stable_side=observed.active, shape=observed.shape, replicas=replicas,
        strategy=strategy, steps=steps, limits=policy.limits, minimum_requests=policy.minimum_requests,
        patience_seconds=policy.patience_seconds, inconclusive=policy.inconclusive, gate=gate,
        reason=wanted.force or wanted.reason, actor=desk.actor, time=desk.clock(),
    )  # fmt: skip


def _stable(desk: Desk, target: Target, observed: Observed, registry: Registry, wanted: Wanted) -> Version:
    """The version that is served now, to compare with and to come back to; only who leaves it does without it."""
    leaves = wanted.undo or wanted.force
    version = current(desk, target, observed, wanted.model, wanted.alias) if leaves else observed.served
    if version is None:
        raise RegistryError(
            f"{target.name} serves no version, or more than one, so there is nothing to come back to",
            given=f"{observed.active}: {', '.join(observed.side(observed.active).versions) or 'none'}",
            change="promote a first version with `mlops models promote`, or wait until its servers have followed; "
            f"away from one that fails: `mlops deploy undo {target.name} {wanted.model}`, or --force --reason TEXT",
        )  # fmt: skip
    return registry.find(wanted.model, version)


def _fit(version: Version) -> None:
    if version.archived:
        raise RegistryError(
            "the version is archived; nothing was changed", given=f"{version.name} {version.version}",
            change=f"`mlops models restore {version.name} {version.version}` first",
        )  # fmt: skip
    if not version.bundle:
        raise RegistryError(
            f"version {version.version} has no digest, so no server would load it; nothing was changed",
            given=version.name, change="register it with `mlops models register`",
        )  # fmt: skip


def _gate(
    registry: Registry, target: Target, version: Version, stable: Version, strategy: Strategy, wanted: Wanted
) -> str:
    """What the gate says of the version against the one that is served. Raises RegistryError when it refuses."""
    if strategy == "shadow" or wanted.undo:
        registry.verify(version)
        return "not asked: nobody sees a shadow's answers" if strategy == "shadow" else "not asked: served before"
    found = assess(registry, version, stable, force=bool(wanted.force), data=wanted.data)
    if found.passed or wanted.force:
        return found.told if found.passed else f"forced: {found.told}"
    facts = {"verdict": "refused", "from": stable.version, "to": version.version, "for": target.name}
    gate = {"gate": found.judgement.as_dict()} if found.judgement else {}
    Trail.open().append(REFUSED, subject_of(version.name, target.alias(wanted.alias)), **facts, **gate)
    raise RegistryError(
        f"version {version.version} is not surely better than version {stable.version}; nothing was changed",
        details=found.reasons, change="--strategy shadow looks at it without harm; --force --reason TEXT rolls it out",
    )  # fmt: skip
