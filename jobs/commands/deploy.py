"""`mlops deploy`: rollouts of a version, and what is done to the places that serve it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from jobs.commands import deploy_bench, deploy_checks, deploy_direct, deploy_shadow, deploy_state
from jobs.commands.cluster_options import Context, Kubeconfig
from jobs.commands.deploy_options import DEFAULT, SHIPPED, Alias, Data, Model, Policy, Reason, Version, Where
from jobs.commands.output import Json

app = typer.Typer(help="Roll versions out and back, and look after what serves them.", no_args_is_help=True)

Strategy = Annotated[str | None, typer.Option(help="canary, blue-green, rolling or shadow; default: the config's.")]
Gone = Annotated[bool, typer.Option("--gone", help="End the record only, the place is gone; lambda and sagemaker.")]
Force = Annotated[bool, typer.Option("--force", help="Roll out whatever the gate says; needs --reason.")]


def _to(where: str, what: str, way: str = "") -> None:
    """Registers the command that rolls out to this target; `way`: the strategy of its example."""

    def roll_out(
        model: Model = DEFAULT,
        version: Version = None,
        alias: Alias = None,
        strategy: Strategy = None,
        policy: Policy = SHIPPED,
        force: Force = False,
        reason: Reason = "",
        data: Data = "",
        kubeconfig: Kubeconfig = None,
        context: Context = None,
        as_json: Json = False,
    ) -> None:
        from jobs.commands.deploy_options import desk, followed, interruptible, told, which
        from jobs.config import load
        from jobs.datasets.source import source_of
        from jobs.deployment.policy import RolloutPolicy
        from jobs.deployment.run import begin
        from jobs.deployment.start import Wanted, order_of, strategy_of
        from jobs.deployment.targets import target_of
        from jobs.errors import ConfigError
        from jobs.registry.versions import Registry

        if force and not reason.strip():
            raise ConfigError("a forced rollout needs a reason", given="--force", allowed='--force --reason "TEXT"')
        rules, work = load(RolloutPolicy, policy), desk(as_json)
        target = target_of(where, model, kubeconfig, context, followed())
        wanted = Wanted(
            model, which(version, alias), followed(), strategy_of(strategy) if strategy else None,
            reason if force else "", reason, data=source_of(data) if data else None,
        )  # fmt: skip
        order = order_of(work, target, Registry(), rules, wanted)
        with interruptible(work, order):
            outcome = begin(work, target, order)
        told(outcome, work.ledger.rollout(model, where, order.number), as_json)

    roll_out.__doc__ = f"""Roll a version out on {what}, step by step; exit 1 when it was rolled back.

    It must have passed the gate against the version that is served, is measured in each step, and goes back by itself
    when it fails more, is slower or predicts otherwise than the policy allows. Ctrl-C or a crash leaves it where it is:
    `resume` goes on, `rollback` goes back.

    Example: mlops deploy {where} churn-classifier --alias challenger{way}
    """
    app.command(where)(roll_out)


_to("k8s", "Kubernetes")
_to("lambda", "AWS Lambda")
_to("sagemaker", "SageMaker", " --strategy blue-green")


@app.command()
def resume(
    where: Where,
    model: Model = DEFAULT,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    as_json: Json = False,
) -> None:
    """Go on with a rollout whose driver died, from the step where it was; a driver that still lives stops.

    Example: mlops deploy resume k8s churn-classifier
    """
    from jobs.commands.deploy_options import desk, interruptible, running, told
    from jobs.deployment.run import resume
    from jobs.deployment.targets import target_of

    work, target = desk(as_json), target_of(where, model, kubeconfig, context)
    order = running(work, where, model).order
    with interruptible(work, order):
        outcome = resume(work, target, order)
    told(outcome, work.ledger.rollout(model, where, order.number), as_json)


@app.command()
def rollback(
    where: Where,
    model: Model = DEFAULT,
    reason: Reason = "asked for",
    gone: Gone = False,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    as_json: Json = False,
) -> None:
    """End the rollout that is under way, whoever drives it: all traffic back at once, then what it left behind goes.

    SageMaker ends an update that runs first, which may take hours. When the function or the endpoint is no longer
    there, or was made anew, --gone ends the record of the rollout, so that there can be another.

    Example: mlops deploy rollback k8s churn-classifier --reason "complaints"
    """
    from jobs.commands.deploy_options import desk, facts, interruptible, running
    from jobs.commands.output import show
    from jobs.deployment.run import end_without, roll_back
    from jobs.deployment.targets import target_of
    from jobs.errors import ConfigError

    if gone and where not in deploy_direct.OTHERS:
        raise ConfigError(
            "what a rollout left there is taken back, or made", given=f"--gone with {where}",
            allowed=", ".join(deploy_direct.OTHERS), change=f"`mlops deploy rollback {where} {model}`",
        )  # fmt: skip
    work = desk(as_json)
    target = None if gone else target_of(where, model, kubeconfig, context)
    order = running(work, where, model).order
    with interruptible(work, order):
        outcome = roll_back(work, target, order, reason) if target else end_without(work, order, reason)
    if as_json:
        show(facts(work.ledger.rollout(model, where, order.number)))
    elif gone:
        print(f"{order.name} has ended: {outcome.result}; {outcome.reason}")
    else:
        print(f"{order.name}: all traffic was back after {outcome.seconds:.1f} s; version {order.stable} is served")


def _others(commands: dict[str, Callable[..., None]]) -> None:
    for name, command in commands.items():
        app.command(name)(command)


_others(
    {
        "undo": deploy_direct.undo,
        "status": deploy_state.status,
        "history": deploy_state.history,
        "test": deploy_state.probe,
        "bench": deploy_bench.bench,
        "shadow": deploy_shadow.shadow,
        "scale": deploy_direct.scale,
        "restart": deploy_direct.restart,
        "stop": deploy_direct.stop,
        "preflight": deploy_checks.preflight,
        "postflight": deploy_checks.postflight,
    }
)
