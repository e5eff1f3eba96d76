"""`mlops monitor`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.commands.monitoring_options import SHIPPED, Config, Model, Out, Prometheus
from jobs.commands.monitoring_tables import counts, measured_table
from jobs.commands.output import Json, progress, show, table

if TYPE_CHECKING:
    from jobs.monitoring.config import Limits
    from jobs.monitoring.measure import Measured

app = typer.Typer(help="How well the served model does.", no_args_is_help=True)

Actuals = Annotated[
    str | None, typer.Option(help="CSV or Parquet of prediction_id, label, time; a file, folder or s3://.")
]
Days = Annotated[int | None, typer.Option(min=1, max=3660, help="Default: the config's.")]


@app.callback()
def group() -> None:
    """How well the served model does."""


@app.command()
def collect(config: Config = SHIPPED, model: Model = None, days: Days = None, as_json: Json = False) -> None:
    """Turn inference logs of the last days into predictions as Parquet, each once; exit 1 when a log is unreadable.

    Example: mlops monitor collect --days 2
    """
    from dataclasses import asdict
    from datetime import UTC, datetime, timedelta

    from jobs.monitoring import places
    from jobs.monitoring.collect import collect as run

    settings = places.read(config, model)
    end = datetime.now(UTC)
    start = end - timedelta(days=days or settings.collect.days)
    done = run(places.logs(settings), places.predictions(settings), settings.model, start, end, progress(as_json))
    if as_json:
        show({"model": settings.model, "since": start.isoformat(timespec="seconds"), **asdict(done)})
    else:
        print(f"{done.rows} new predictions of {settings.model}, {done.repeated} were there already")
        for line in done.unreadable:
            print(f"unreadable: {line}")
    raise typer.Exit(1 if done.unreadable else 0)


@app.command()
def metrics(
    config: Config = SHIPPED, model: Model = None, days: Days = None, actuals: Actuals = None, as_json: Json = False
) -> None:
    """Join predictions with what really happened: figures over time, by version; also for Prometheus' gateway.

    Example: mlops monitor metrics --days 30 --json
    """
    from jobs.monitoring import places

    measured = _measure(config, model, days, actuals)
    pushed = _push(measured, places.read(config, model).performance.limits)
    show({**measured.as_dict(), "pushed": pushed}) if as_json else measured_table(measured)


@app.command()
def run(config: Config = SHIPPED, model: Model = None) -> None:
    """What the CronJob does: `collect`, `metrics`, the last day's rows for the drift check; exit 1 for bad logs.

    A model whose outcomes are bad asks for its retraining. How rollouts ended is told to Prometheus' gateway, too.

    Example: mlops monitor run
    """
    from jobs.monitoring import places
    from jobs.monitoring.complaint import complaint
    from jobs.monitoring.current import refresh
    from jobs.retraining.place import shelf_at
    from jobs.retraining.requests import ask

    code = 0
    try:
        collect(config, model)
    except typer.Exit as ended:
        code = ended.exit_code
    settings, measured = places.read(config, model), _measure(config, model, None, None)
    _push(measured, settings.performance.limits)
    measured_table(measured)
    if wanted := complaint(measured):
        print(f"{wanted.reason}: asks for a retraining, {ask(wanted, shelf_at())}")
    out, rows = refresh(settings, places.predictions(settings), measured.end, places.current())
    least = settings.drift.minimum_rows
    print(f"{out}: {rows} rows" if out else f"{rows} predictions of the last day: drift is not judged below {least}")
    _push_rollouts()
    raise typer.Exit(code)


@app.command()
def schema() -> None:
    """Print the JSON schema of a monitoring config.

    Example: mlops monitor schema
    """
    from jobs.monitoring.config import Monitoring

    show(Monitoring.model_json_schema())


@app.command()
def evaluate(
    config: Config = SHIPPED,
    model: Model = None,
    version: Annotated[str | None, typer.Option(help="Default: the one that gave the last prediction.")] = None,
    days: Days = None,
    actuals: Actuals = None,
    as_json: Json = False,
) -> None:
    """Judge a version by its predictions of the last days whose outcome is known; exit 1 when it is bad.

    Bad is a figure whose whole interval is beyond its limit in the config. With too few outcomes nothing is judged.

    Example: mlops monitor evaluate --days 7
    """
    from dataclasses import asdict

    from jobs.monitoring import places
    from jobs.monitoring.verdict import judge

    measured = _measure(config, model, days, actuals)
    judged = version or measured.version
    found = measured.versions.get(judged or "")
    verdict = judge(found, places.read(config, model).performance)
    if as_json:
        show(
            {
                "model": measured.model, "version": judged, "start": measured.start.isoformat(),
                "end": measured.end.isoformat(), **asdict(verdict), "counts": asdict(measured.counts),
                "performance": found.as_dict() if found else None,
            }
        )  # fmt: skip
    else:
        counts(measured)
        table(
            ["figure", "value", "limit", "verdict"],
            [
                [one.name, "-" if one.value is None else f"{one.value:.4f}",
                 f"{'≥' if one.at_least else '≤'} {one.limit}", one.verdict]
                for one in verdict.judgements
            ],
        )  # fmt: skip
        print(f"{f'version {judged}' if judged else measured.model} is {verdict.verdict}: {verdict.reason}")
    raise typer.Exit(1 if verdict.verdict == "bad" else 0)


@app.command()
def export(
    out: Annotated[str, typer.Option(help="File or s3://bucket/key, .parquet.")],
    config: Config = SHIPPED,
    model: Model = None,
    days: Days = None,
    actuals: Actuals = None,
    label: Annotated[str | None, typer.Option(help="Name of the label's column; default: the config's.")] = None,
    all_rows: Annotated[bool, typer.Option("--all", help="Also rows whose outcome is not known yet.")] = False,
    as_json: Json = False,
) -> None:
    """Write what the server saw, with its outcome, as a table that `drift check` and training take.

    Example: mlops monitor export --days 7 --all --out recent.parquet
    """
    from datetime import UTC, datetime, timedelta

    from jobs.monitoring import places
    from jobs.monitoring.actuals import read
    from jobs.monitoring.export import labelled, write

    settings = places.read(config, model)
    end = datetime.now(UTC)
    start = end - timedelta(days=days or settings.performance.days)
    known = read(actuals or places.actuals(settings))
    name = label or settings.performance.label
    found = labelled(places.predictions(settings), settings.model, start, end, known, name, all_rows=all_rows)
    write(found, out)
    unknown = found[name].null_count
    facts = {"out": out, "rows": found.num_rows, "labelled": found.num_rows - unknown, "columns": found.column_names}
    show(facts) if as_json else print(f"{out}: {found.num_rows} rows, {unknown} of them without an outcome yet")


@app.command()
def report(
    config: Config = SHIPPED,
    model: Model = None,
    days: Days = None,
    actuals: Actuals = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Write the model's performance as one HTML page with plots, and as JSON beside it.

    Example: mlops monitor report --days 30 --out reports
    """
    from jobs.monitoring import places
    from jobs.reports.page import Page
    from jobs.reports.performance import sections
    from jobs.reports.save import save

    settings = places.read(config, model)
    measured = _measure(config, model, days, actuals)
    about = f"Predictions of {measured.start:%Y-%m-%d %H:%M} to {measured.end:%Y-%m-%d %H:%M} UTC"
    page = Page(f"Performance of {measured.model}", about, sections(measured, settings.performance))
    name = f"performance/{measured.model}/{measured.end:%Y-%m-%dT%H-%M-%SZ}"
    address = save(out or places.reports(), name, page, measured.as_dict())
    if as_json:
        show({"report": address, **measured.as_dict()})
    else:
        print(f"{address}: {measured.verdict.verdict}, {measured.verdict.reason}")


@app.command()
def watch(
    version: Annotated[str, typer.Option(help="Number of the version that should be served.")],
    duration: Annotated[str, typer.Option("--for", help="How long: 30s, 10m, 1h.")] = "10m",
    config: Config = SHIPPED,
    model: Model = None,
    prometheus: Prometheus = None,
    as_json: Json = False,
) -> None:
    """Watch a version while it serves: errors, p95, and that servers keep it; exit 1 as soon as it is bad.

    Example: mlops monitor watch --version 3 --for 10m
    """
    from dataclasses import asdict

    from jobs.datasets.moment import parse_age
    from jobs.monitoring import places
    from jobs.monitoring import prometheus as ways
    from jobs.monitoring.watch import watch as run

    settings = places.read(config, model)
    seconds = parse_age(duration).total_seconds()
    server = ways.Prometheus(ways.address(prometheus))
    found = run(server.value, settings.watch, settings.model, version, seconds, progress(as_json))
    if as_json:
        show({"model": settings.model, "version": version, **asdict(found)})
    else:
        print(f"{found.verdict}: {found.reason}")
    raise typer.Exit(1 if found.verdict == "bad" else 0)


def _measure(config: Path, model: str | None, days: int | None, actuals: str | None) -> Measured:
    from datetime import UTC, datetime, timedelta

    from jobs.monitoring import places
    from jobs.monitoring.actuals import read
    from jobs.monitoring.measure import measure

    settings = places.read(config, model)
    end = datetime.now(UTC)
    start = end - timedelta(days=days or settings.performance.days)
    return measure(settings, places.predictions(settings), read(actuals or places.actuals(settings)), start, end)


def _push(measured: Measured, limits: Limits) -> bool:
    from jobs.metrics import push
    from jobs.monitoring.gauges import JOB, gauges

    return push(JOB, gauges(measured, limits), {"model": measured.model})


def _push_rollouts() -> None:
    """For the SLO of deployments: who rolls out is often outside of the cluster and reaches no gateway."""
    from datetime import UTC, datetime

    from jobs.deployment.gauges import JOB, gauges
    from jobs.deployment.ledger import Ledger, shelf_at
    from jobs.metrics import push

    push(JOB, gauges(Ledger(shelf_at()), datetime.now(UTC)))
