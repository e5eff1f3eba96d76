"""`mlops deploy preflight` and `postflight`; the group `deploy` registers them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.commands.checks import answer
from jobs.commands.cluster_options import Context, Kubeconfig
from jobs.commands.deploy_options import (
    DEFAULT,
    SHIPPED,
    Alias,
    Data,
    Model,
    Policy,
    Version,
    Where,
    followed,
    which,
)
from jobs.commands.output import Json

if TYPE_CHECKING:
    from jobs.checks.system import System

Served = Annotated[
    str | None, typer.Option("--version", help="Number or @alias; default: what the place's alias names.")
]
Strategy = Annotated[str | None, typer.Option(help="Instead of the config's.")]


def preflight(
    where: Where,
    model: Model = DEFAULT,
    version: Version = None,
    alias: Alias = None,
    policy: Policy = SHIPPED,
    strategy: Strategy = None,
    data: Data = "",
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    as_json: Json = False,
) -> None:
    """Check all that must be so before a version is rolled out; changes nothing, exit 1 when something is wrong.

    Example: mlops deploy preflight k8s churn-classifier --alias challenger
    """
    from jobs.checks import selections

    asked = which(version, alias)
    system = _system(where, model, asked, policy, strategy, kubeconfig, context, data)
    answer(selections.PREFLIGHT, system, selections.FLIGHT_SECONDS, as_json, _facts(system))


def postflight(
    where: Where,
    model: Model = DEFAULT,
    version: Served = None,
    policy: Policy = SHIPPED,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    as_json: Json = False,
) -> None:
    """Check that a version is served, whole, recorded and well; by default the one that the place's alias names.

    Example: mlops deploy postflight k8s churn-classifier
    """
    from jobs.checks import selections
    from jobs.checks.before import ON_KUBERNETES

    system = _system(where, model, version, policy, None, kubeconfig, context)
    on_kubernetes = system.place.name == ON_KUBERNETES
    checks = selections.POSTFLIGHT_ON_KUBERNETES if on_kubernetes else selections.POSTFLIGHT
    answer(checks, system, selections.FLIGHT_SECONDS, as_json, _facts(system))


def _system(
    where: str, model: str, asked: str | None, policy: Path, strategy: str | None, kubeconfig: Path | None,
    context: str | None, data: str = "",
) -> System:  # fmt: skip
    from jobs.checks.golden import gone_by
    from jobs.checks.system import Rollout, System
    from jobs.cluster.access import Access
    from jobs.config import load
    from jobs.datasets.source import source_of
    from jobs.deployment.policy import RolloutPolicy
    from jobs.deployment.start import strategy_of
    from jobs.deployment.targets import target_of
    from jobs.registry.versions import Registry
    from jobs.settings import Instance, use_environment

    use_environment()
    chosen = load(RolloutPolicy, policy)
    if strategy is not None:
        chosen = chosen.model_copy(update={"strategy": strategy_of(strategy)})
    target = target_of(where, model, kubeconfig, context, followed())
    registry = Registry()
    named = target.alias(followed()) if asked else gone_by(registry, target, model, followed())
    version = registry.find(model, asked or f"@{named}")
    access = Access.choose(kubeconfig, context)
    rollout = Rollout(named, version.version, chosen, source_of(data) if data else None)
    return System(Instance.read().outputs(), model, named, access, lambda: target, rollout)


def _facts(system: System) -> dict[str, str]:
    rolled = system.rolled
    return {"target": system.place.name, "model": system.model, "version": rolled.version, "alias": rolled.alias}
