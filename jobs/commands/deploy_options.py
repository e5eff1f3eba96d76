"""What the commands of `mlops deploy` share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobs.commands.ending import in_order
from jobs.commands.output import progress, show, table
from jobs.errors import ConfigError, RegistryError

if TYPE_CHECKING:
    from jobs.deployment.ledger import Rollout
    from jobs.deployment.record import Order, Outcome
    from jobs.deployment.run import Desk

SHIPPED = Path(__file__).parents[2] / "configs" / "rollout_policy.yaml"
ALIAS = "MLOPS_MODEL_ALIAS"
Where = Annotated[str, typer.Argument(metavar="TARGET", help="k8s, lambda or sagemaker.")]
Model = Annotated[str, typer.Argument(help="A registered model.")]
Version = Annotated[str | None, typer.Option(help="Number of the version to roll out, or @alias.")]
Alias = Annotated[str | None, typer.Option(help="Roll out the version that this alias names; default: challenger.")]
Policy = Annotated[Path, typer.Option(help="The rollout's config: its strategy and limits.")]
Data = Annotated[str, typer.Option(help="Where the version's training data is now, if it moved.")]
Reason = Annotated[str, typer.Option(help="Why; it goes into the record and the audit trail.")]
DEFAULT, CHAMPION, CHALLENGER = "churn-classifier", "champion", "challenger"


def followed() -> str:
    """The alias that the places serve, unless a rollout says otherwise there: `serving.modelAlias` of the stack."""
    return os.environ.get(ALIAS, CHAMPION)


def which(version: str | None, alias: str | None) -> str:
    """A number or @alias. Raises ConfigError when both are given."""
    if version is not None and alias is not None:
        raise ConfigError(
            "two options say which version", given=f"--version {version} --alias {alias}", allowed="one of them"
        )
    return version or f"@{alias or CHALLENGER}"


def desk(as_json: bool) -> Desk:
    """Raises ConfigError without MLflow's address or a place for the audit trail."""
    from jobs.audit.trail import Trail
    from jobs.deployment.ledger import Ledger, shelf_at
    from jobs.deployment.run import Desk
    from jobs.deployment.targets import names
    from jobs.settings import TrackingSettings, use_environment

    use_environment()
    TrackingSettings.read()
    return Desk(Ledger(shelf_at()), names(), Trail.open(), progress(as_json))


def running(work: Desk, where: str, model: str) -> Rollout:
    """The rollout that has not ended. Raises RegistryError when there is none."""
    last = work.ledger.last(model, where)
    if last is None or not last.running:
        ended = f"{last.order.name} has ended: {last.outcome.result}" if last and last.outcome else "there was none yet"
        raise RegistryError(
            "no rollout is under way", given=f"{model} on {where}: {ended}",
            change=f"`mlops deploy undo {where} {model}` brings the version before back",
        )  # fmt: skip
    return last


@contextmanager
def interruptible(work: Desk, order: Order) -> Iterator[None]:
    """Ctrl-C, SIGTERM, a server that does not answer: traffic stays as it is, and how to go on is said."""
    from jobs.deployment.run import SupersededError

    try:
        with in_order():
            yield
    except SupersededError:
        raise
    except BaseException:
        where = f"{order.target} {order.model}"
        work.say(f"{order.name} stands where it is: `mlops deploy resume {where}` goes on, `rollback` goes back")
        raise


def told(outcome: Outcome, rollout: Rollout, as_json: bool) -> None:
    """Prints how a rollout ended; exit 1 when it was rolled back."""
    order = rollout.order
    if as_json:
        show({**facts(rollout), "outcome": outcome.model_dump(mode="json")})
    else:
        took = f" in {outcome.seconds:.1f} s" if outcome.seconds is not None and outcome.result != "reported" else ""
        now = order.version if outcome.result == "served" else order.stable
        print(f"{order.name}: {outcome.result}{took}; version {now} is served")
        print(f"  {outcome.reason}")
    raise typer.Exit(1 if outcome.result == "rolled-back" else 0)


def facts(rollout: Rollout) -> dict[str, Any]:
    """For machines."""
    order = rollout.order
    return {
        "target": order.target, "model": order.model, "number": order.number, "version": order.version,
        "stable": order.stable, "strategy": order.strategy, "actor": order.actor, "time": order.time,
        "reason": order.reason, "gate": order.gate, "drivers": rollout.drivers,
        "steps": [step.model_dump() for step in order.steps],
        "marks": [mark.model_dump(mode="json") for mark in rollout.marks],
        "decision": rollout.decision.model_dump(mode="json") if rollout.decision else None,
        "outcome": rollout.outcome.model_dump(mode="json") if rollout.outcome else None,
    }  # fmt: skip


def marks(rollout: Rollout) -> None:
    """The steps that are over, as a table."""
    table(
        ["step", "weight", "s", "requests", "errors", "p95 ms", "verdict", "reason"],
        [
            [
                mark.name, f"{(step := rollout.order.steps[mark.step]).weight} %", f"{mark.seconds:.0f}",
                (new := mark.figures.new).requests, new.errors,
                f"{new.seconds.quantile(0.95) * 1000:.1f}" if new.seconds.total else "-", mark.verdict,
                "; ".join(mark.reasons)[:120] if step.judged else "-",
            ]
            for mark in rollout.marks
        ],
    )  # fmt: skip
