"""`mlops deploy undo`, `scale`, `restart` and `stop`: done at once, without steps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.commands.cluster_options import Context, Kubeconfig
from jobs.commands.deploy_options import DEFAULT, SHIPPED, Model, Reason, Where
from jobs.commands.output import Json, progress, show
from jobs.errors import ConfigError

if TYPE_CHECKING:
    from jobs.deployment.kubernetes import KubernetesTarget

OTHERS = {
    "lambda": "functions.predict in the stack file says how many may run at once",
    "sagemaker": "serving.endpoint in the stack file bounds its autoscaling",
}


def undo(
    where: Where,
    model: Model = DEFAULT,
    reason: Reason = "undone",
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    as_json: Json = False,
) -> None:
    """Bring back the version that was served before the newest rollout, all traffic at once.

    The version that it leaves need not answer any more.

    Example: mlops deploy undo k8s churn-classifier --reason "complaints since noon"
    """
    from jobs.commands.deploy_options import desk, followed, interruptible, told
    from jobs.config import load
    from jobs.deployment.back import before
    from jobs.deployment.policy import RolloutPolicy
    from jobs.deployment.run import begin
    from jobs.deployment.start import Wanted, current, order_of
    from jobs.deployment.targets import target_of
    from jobs.registry.versions import Registry

    alias = followed()
    work, target = desk(as_json), target_of(where, model, kubeconfig, context, alias)
    now = current(work, target, target.observe(), model, alias)
    version = before(work.ledger.history(model, where), now, model, where)
    wanted = Wanted(model, version, alias, reason=reason, undo=True)
    order = order_of(work, target, Registry(), load(RolloutPolicy, SHIPPED), wanted)
    with interruptible(work, order):
        outcome = begin(work, target, order)
    told(outcome, work.ledger.rollout(model, where, order.number), as_json)


def scale(
    where: Where,
    model: Model = DEFAULT,
    least: Annotated[int | None, typer.Option("--min", min=1, help="Servers at least.")] = None,
    most: Annotated[int | None, typer.Option("--max", min=1, help="Servers at most.")] = None,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    as_json: Json = False,
) -> None:
    """Set between which numbers of servers the autoscaler of each colour stays; it alone sets the number.

    It holds until `pulumi up` changes the autoscaler: what shall stay belongs into mlops:serving.autoscaling.

    Example: mlops deploy scale k8s churn-classifier --min 2 --max 4
    """
    from jobs.deployment.servers import Servers

    if least is None and most is None:
        raise ConfigError("nothing to change", given="neither --min nor --max", allowed="one of them, or both")
    say = progress(as_json)
    bounds = Servers(_kubernetes(where, model, kubeconfig, context).colours, say).bound(least, most)
    if as_json:
        show({"target": where, "min": bounds[0], "max": bounds[1]})
    else:
        say(f"each colour with servers has {bounds[0]} to {bounds[1]} of them")


def restart(
    where: Where,
    model: Model = DEFAULT,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    as_json: Json = False,
) -> None:
    """Replace every server that answers by a new one with the same version; what was stopped starts again.

    Example: mlops deploy restart k8s churn-classifier
    """
    from jobs.deployment.servers import Servers

    say = progress(as_json)
    target = _kubernetes(where, model, kubeconfig, context)
    _none_running(where, model, as_json)
    Servers(target.colours, say).restart(target.observe())
    observed = target.observe()
    if as_json:
        show(observed.as_dict())
    else:
        say(f"{observed.active} serves version {observed.served or '-'} with {observed.side(observed.active).ready}")


def stop(
    where: Where,
    model: Model = DEFAULT,
    yes: Annotated[bool, typer.Option("--yes", help="Really: every request is answered 503 afterwards.")] = False,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    as_json: Json = False,
) -> None:
    """Stop all servers of the model; `restart` starts them.

    Example: mlops deploy stop k8s churn-classifier --yes
    """
    from jobs.deployment.servers import Servers

    if not yes:
        raise ConfigError(
            "nobody would be answered any more", given="no --yes", change=f"`mlops deploy stop {where} {model} --yes`"
        )
    say = progress(as_json)
    target = _kubernetes(where, model, kubeconfig, context)
    _none_running(where, model, as_json)
    Servers(target.colours, say).stop()
    show({"target": where, "stopped": True}) if as_json else say("all servers stop; requests are answered 503")


def _kubernetes(where: str, model: str, kubeconfig: Path | None, context: str | None) -> KubernetesTarget:
    """Raises ConfigError on a target whose servers are not ours to count."""
    from jobs.deployment.kubernetes import KubernetesTarget
    from jobs.deployment.targets import target_of
    from jobs.settings import use_environment

    use_environment()
    if where in OTHERS:
        raise ConfigError(f"AWS runs the servers of {where}", given=where, allowed="k8s", change=OTHERS[where])
    target = target_of(where, model, kubeconfig, context)
    assert isinstance(target, KubernetesTarget)
    return target


def _none_running(where: str, model: str, as_json: bool) -> None:
    """A rollout counts on the servers that it has."""
    from jobs.commands.deploy_options import desk
    from jobs.errors import RegistryError

    last = desk(as_json).ledger.last(model, where)
    if last is not None and last.running:
        raise RegistryError(
            f"{last.order.name} has not ended; nothing was changed", given=model, allowed="between rollouts",
            change=f"`mlops deploy resume {where} {model}` goes on with it, `rollback` ends it",
        )  # fmt: skip
