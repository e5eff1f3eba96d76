"""`mlops retrain`: from drift to a decision on a challenger."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.commands.monitoring_options import SHIPPED
from jobs.commands.output import Json, progress, show, table
from jobs.errors import ConfigError

if TYPE_CHECKING:
    from jobs.retraining.check import ChampionOf, Checked
    from jobs.retraining.config import RetrainingConfig
    from jobs.retraining.ledger import Ledger
    from jobs.retraining.outcome import Outcome

app = typer.Typer(help="Train again when data has drifted, and decide on the challenger.", no_args_is_help=True)

DEFAULT = "churn-classifier"
Place = Annotated[
    str | None,
    typer.Option("--at", envvar="MLOPS_RETRAINING", help="Ledger: s3://… or folder; default: in the features bucket."),
]
Alias = Annotated[str, typer.Option(envvar="MLOPS_MODEL_ALIAS", help="The alias that a challenger may take.")]
Config = Annotated[
    Path,
    typer.Argument(
        envvar="MLOPS_MONITORING_CONFIG", help="Monitoring config, whose section `retraining` holds for its model."
    ),
]
Watched = Annotated[str | None, typer.Option("--alias", envvar="MLOPS_MODEL_ALIAS", help="Default: the config's.")]
Model = Annotated[str, typer.Option(envvar="MLOPS_MODEL_NAME", help="Registered model.")]


class Urgency(StrEnum):
    """The priorities as people write them."""

    P0 = "P0"
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"


@app.command()
def request(
    reason: Annotated[str, typer.Option(help="Why; it stands in the ledger.")],
    priority: Annotated[Urgency, typer.Option(help="P0 waits least.")] = Urgency.P3,
    model: Model = DEFAULT,
    alias: Alias = "champion",
    at: Place = None,
    as_json: Json = False,
) -> None:
    """Ask for a retraining, as a drift check does; the next `mlops retrain check` decides.

    Example: mlops retrain request --priority P0 --reason "accuracy fell to 0.6"
    """
    from datetime import UTC, datetime

    from jobs.retraining.priority import Priority
    from jobs.retraining.request import Request
    from jobs.retraining.requests import ask

    ledger = _ledger(at)
    version = _champions()(model, alias)
    wanted = Request(
        model=model, version=version, data="by hand", time=datetime.now(UTC), reason=reason,
        asked=Priority[priority.value],
    )  # fmt: skip
    address = ask(wanted, ledger.shelf)
    show({"request": address, "version": version}) if as_json else print(f"{address}: {priority} for version {version}")


@app.command()
def check(
    config: Config = SHIPPED,
    alias: Watched = None,
    queue: Annotated[
        str | None, typer.Option(envvar="MLOPS_RETRAINING_QUEUE", help="SQS queue whose events are taken, too.")
    ] = None,
    at: Place = None,
    as_json: Json = False,
) -> None:
    """Decide on what was asked for and start at most one Job; also put on record how earlier ones ended.

    Safe to run as often as wanted and twice at once.

    Example: mlops retrain check configs/monitoring_config.yaml --json
    """
    from jobs.audit.trail import Trail
    from jobs.cluster.run import Cluster
    from jobs.metrics import push
    from jobs.retraining import figures
    from jobs.retraining.check import Desk
    from jobs.retraining.check import check as look
    from jobs.retraining.intake import take
    from jobs.retraining.launch import ClusterLauncher

    say = progress(as_json)
    rules, whose = _rules(config, alias)
    ledger = _ledger(at)
    if not ledger.shelf.root.startswith("s3://"):
        raise ConfigError(
            "no Job can read this ledger", given=ledger.shelf.root, allowed="s3://bucket/prefix",
            change="`mlops retrain run` retrains here",
        )  # fmt: skip
    desk = Desk(ledger, ClusterLauncher(Cluster()), Trail.open(), _champions())
    taken = take(queue, ledger.shelf, say) if queue else 0
    looked = look(desk, rules, whose)
    for key in sorted(set(ledger.unreadable)):
        say(f"{key} is no request")
    push(figures.JOB, figures.figures(ledger, looked))
    if as_json:
        show({"taken": taken, "models": [one.as_dict() for one in looked]})
        return
    _tell(looked)


@app.command()
def run(
    order: Annotated[str | None, typer.Argument(help="A start of the ledger by its address; a Job gets it.")] = None,
    model: Model = DEFAULT,
    alias: Alias = "champion",
    data: Annotated[str | None, typer.Option(help="Newest labelled rows: dataset:NAME, path, s3://… or telco.")] = None,
    reason: Annotated[str, typer.Option(help="Why; it stands in the ledger.")] = "by hand",
    at: Place = None,
    as_json: Json = False,
) -> None:
    """Train the champion's recipe on the newest labelled rows and let the challenger take the alias if it is better.

    Without a start of the ledger: makes one here, whatever cooldown and budget say, but none beside one that runs.
    Exit 0 when promoted or refused, 1 when it failed.

    Example: mlops retrain run --model churn-classifier --data dataset:churn --reason "monthly"
    """
    from jobs.audit.trail import Trail
    from jobs.registry.versions import Registry
    from jobs.retraining.ledger import at as start_at
    from jobs.retraining.place import address
    from jobs.retraining.retrain import Retraining
    from jobs.retraining.start import by_hand

    say = progress(as_json)
    home = _ledger(at)
    if order is not None:
        ledger, wanted = start_at(order)
    else:
        ledger, wanted = home, by_hand(home, _champions(), model, alias, data, reason)
        say(f"{wanted.name} is {address(home.shelf, wanted.key)}")
    outcome = Retraining(wanted, ledger, Registry(), Trail.open(), say).run()
    _show(outcome, as_json)
    raise typer.Exit(1 if outcome.result == "failed" else 0)


@app.command()
def status(config: Config = SHIPPED, alias: Watched = None, at: Place = None, as_json: Json = False) -> None:
    """Show what a check would decide now, what runs, and how the newest start ended; exit 1 when that failed.

    Example: mlops retrain status
    """
    from datetime import UTC, datetime

    from jobs.retraining.check import Checked, outlook
    from jobs.retraining.config import RetrainingConfig

    rules, whose = _rules(config, alias)
    ledger, champions = _ledger(at), _champions()
    pages = [ledger.page(model) for model in sorted({*ledger.models(), *rules})]
    looked, now = [], datetime.now(UTC)
    for page in pages:
        rule = rules.get(page.model, RetrainingConfig())
        looked.append(Checked(page.model, outlook(ledger, champions, page, rule, whose, now), (), False))
    newest = [page.outcomes.get(page.orders[-1].number) if page.orders else None for page in pages]
    if as_json:
        show({"models": [
            {**one.as_dict(), "running": [order.name for order in page.running()],
             "newest": end.model_dump(mode="json") if end else None}
            for one, page, end in zip(looked, pages, newest, strict=True)
        ]})  # fmt: skip
    else:
        _tell(looked)
        for end in (end for end in newest if end is not None):
            _show(end, as_json)
    raise typer.Exit(1 if any(end is not None and end.result == "failed" for end in newest) else 0)


@app.command()
def history(
    model: Model = DEFAULT,
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 20,
    at: Place = None,
    as_json: Json = False,
) -> None:
    """List every start and what became of it, newest first.

    Example: mlops retrain history --model churn-classifier
    """
    page = _ledger(at).page(model)
    rows = [(order, page.outcomes.get(order.number)) for order in page.orders[::-1][:limit]]
    if as_json:
        show([
            {**order.model_dump(mode="json"), "outcome": outcome.model_dump(mode="json") if outcome else None}
            for order, outcome in rows
        ])  # fmt: skip
        return
    table(
        ["name", "started", "priority", "asked by", "result", "version", "CPU h", "reason"],
        [
            [
                order.name, f"{order.time:%Y-%m-%d %H:%M}", order.priority.name, f"{len(order.requests)} requests",
                outcome.result if outcome else "running", (outcome and outcome.version) or "-",
                f"{outcome.cpu_hours:.3f}" if outcome and outcome.cpu_hours is not None else "-",
                (outcome or order).reason.splitlines()[0][:100],
            ]
            for order, outcome in rows
        ],
    )  # fmt: skip


@app.command()
def cancel(model: Model = DEFAULT, at: Place = None, as_json: Json = False) -> None:
    """End the retraining that runs, with its Job; exit 1 when none runs.

    Example: mlops retrain cancel --model churn-classifier
    """
    from jobs.audit.trail import Trail
    from jobs.cluster.run import Cluster
    from jobs.errors import MlopsError
    from jobs.retraining.check import Desk
    from jobs.retraining.check import cancel as end
    from jobs.retraining.launch import ClusterLauncher

    ledger = _ledger(at)
    desk = Desk(ledger, ClusterLauncher(Cluster()), Trail.open(), _champions())
    outcome = end(desk, ledger.page(model))
    if outcome is None:
        raise MlopsError("no retraining runs", given=model, change="`mlops retrain history` has those that ended")
    _show(outcome, as_json)


def _ledger(place: str | None) -> Ledger:
    from jobs.retraining.ledger import Ledger
    from jobs.retraining.place import shelf_at
    from jobs.settings import use_environment

    use_environment()
    return Ledger(shelf_at(place))


def _champions() -> ChampionOf:
    from jobs.registry.champion import ChampionReader
    from jobs.settings import TrackingSettings

    reader = ChampionReader(TrackingSettings.read())
    return lambda model, alias: reader.read(model, alias).version


def _rules(config: Path, alias: str | None) -> tuple[dict[str, RetrainingConfig], str]:
    """Of the config's model, and its alias unless another is given."""
    from jobs.config import load
    from jobs.monitoring.config import Monitoring

    monitoring = load(Monitoring, config)
    return {monitoring.model: monitoring.retraining}, alias or monitoring.alias


def _tell(looked: list[Checked]) -> None:
    for outcome in (outcome for one in looked for outcome in one.settled):
        print(f"{outcome.name} {outcome.result}: {outcome.reason}")
    table(
        ["model", "decision", "priority", "requests", "until", "reason"],
        [
            [
                one.model, "started" if one.started else one.decision.kind,
                one.decision.priority.name if one.decision.priority is not None else "-", len(one.decision.requests),
                f"{one.decision.until:%Y-%m-%d %H:%M}Z" if one.decision.until else "-", one.decision.reason,
            ]
            for one in looked
        ],
    )  # fmt: skip


def _show(outcome: Outcome, as_json: bool) -> None:
    if as_json:
        show(outcome.model_dump(mode="json"))
    else:
        made = f", version {outcome.version}" if outcome.version else ""
        print(f"{outcome.name} {outcome.result}{made}: {outcome.reason}")
