"""`mlops deploy status`, `history` and `test` (here `probe`, for pytest): how things stand; nothing is changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobs.commands.cluster_options import Context, Kubeconfig
from jobs.commands.deploy_options import DEFAULT, Model, Where
from jobs.commands.output import Json, show, table
from jobs.errors import MlopsError

if TYPE_CHECKING:
    from jobs.deployment.ledger import Rollout
    from jobs.deployment.target import Observed

EXPERIMENT = Path(__file__).parents[2] / "configs" / "churn-experiment.yaml"


def status(
    where: Where,
    model: Model = DEFAULT,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    as_json: Json = False,
) -> None:
    """Show who answers with which version, as the servers themselves say, and the newest rollout.

    Exit 1 while a rollout has not ended, and when the servers that answer do not serve one version.

    Example: mlops deploy status k8s churn-classifier
    """
    from jobs.commands.deploy_options import desk, facts, followed
    from jobs.deployment.targets import target_of

    work, target = desk(as_json), target_of(where, model, kubeconfig, context, followed())
    observed, last = target.observe(), work.ledger.last(model, where)
    if as_json:
        show({**observed.as_dict(), "served": observed.served, "last": facts(last) if last else None})
    else:
        _tell(observed, last)
    raise typer.Exit(1 if observed.served is None or (last is not None and last.running) else 0)


def history(
    where: Where,
    model: Model = DEFAULT,
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 20,
    as_json: Json = False,
) -> None:
    """List the rollouts and how each ended, newest first.

    Example: mlops deploy history k8s churn-classifier
    """
    from jobs.commands.deploy_options import facts
    from jobs.deployment.ledger import Ledger, shelf_at
    from jobs.settings import use_environment

    use_environment()
    ledger = Ledger(shelf_at())
    found = [ledger.rollout(model, where, number) for number in ledger.numbers(model, where)[::-1][:limit]]
    if as_json:
        show([facts(one) for one in found])
        return
    table(
        ["number", "began", "by", "version", "before", "strategy", "result", "reason"],
        [
            [
                one.order.number, f"{one.order.time:%Y-%m-%d %H:%M}", one.order.actor, one.order.version,
                one.order.stable, one.order.strategy, one.outcome.result if one.outcome else "not ended",
                (one.outcome.reason if one.outcome else one.order.reason).splitlines()[0][:100] or "-",
            ]
            for one in found
        ],
    )  # fmt: skip


def probe(
    where: Where,
    model: Model = DEFAULT,
    rows: Annotated[int, typer.Option(min=1, help="How many rows, from the first.")] = 3,
    config: Annotated[Path, typer.Option(help="Experiment whose data and schema the rows have.")] = EXPERIMENT,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    as_json: Json = False,
) -> None:
    """Send real rows the way that clients go; exit 1 when the answer is not the served version's own.

    Its probabilities must be those of the registered, verified model.

    Example: mlops deploy test k8s churn-classifier
    """
    from jobs.bundle.prediction import TOLERANCE
    from jobs.commands.deploy_options import desk, followed
    from jobs.deployment.targets import target_of
    from jobs.registry.versions import Registry

    desk(as_json)
    target = target_of(where, model, kubeconfig, context, followed())
    versions = {version for side in target.observe().sides if side.weight for version in side.versions}
    records = _rows(config, rows)
    answer = target.ask(records)
    if answer["version"] not in versions:
        raise MlopsError("another version answers", given=f"version {answer['version']}", allowed=sorted(versions))
    registry = Registry()
    scorer = registry.verify(registry.find(model, answer["version"]))
    expected = [one.probability for one in scorer.predict_records(records)]
    apart = max(abs(one["probability"] - own) for one, own in zip(answer["predictions"], expected, strict=True))
    if apart > TOLERANCE:
        raise MlopsError("the answer is not the registered model's", given=f"{apart:.2e} apart", allowed=TOLERANCE)
    if as_json:
        show({"target": where, "version": answer["version"], "rows": rows, "apart": apart})
    else:
        print(f"{where} answers {rows} rows with version {answer['version']}, {apart:.1e} apart from the model itself")


def _rows(config: Path, rows: int) -> list[dict[str, Any]]:
    from jobs.config import load
    from jobs.datasets.validate import validate
    from jobs.training.config import Experiment

    experiment = load(Experiment, config)
    frame = experiment.data.read()
    return validate(frame.head(rows), experiment.table, experiment.data.kind, labelled=False).records()


def _tell(observed: Observed, last: Rollout | None) -> None:
    from jobs.commands.deploy_options import marks

    table(
        ["side", "traffic", "copied", "servers", "ready", "versions"],
        [
            [
                f"{one.name}{' (active)' if one.name == observed.active else ''}", f"{one.weight} %", f"{one.mirror} %",
                one.replicas, one.ready, ", ".join(one.versions) or "-",
            ]
            for one in observed.sides
        ],
    )  # fmt: skip
    for one in observed.sides:
        for line in one.details:
            print(f"  {one.name}: {line}")
    if last is None:
        return
    ended = last.outcome.result if last.outcome else "NOT ENDED: `mlops deploy resume` or `rollback`"
    print(f"{last.order.name}: version {last.order.version}, {last.order.strategy}: {ended}")
    if last.outcome:
        print(f"  {last.outcome.reason}")
    marks(last)
