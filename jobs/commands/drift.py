"""`mlops drift`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobs.commands.output import Json, show, table, writing

if TYPE_CHECKING:
    from jobs.drift.config import DriftConfig

app = typer.Typer(help="Compare current data with what the champion was trained on.", no_args_is_help=True)

Model = Annotated[str, typer.Option(envvar="MLOPS_MODEL_NAME", help="Registered model.")]
Alias = Annotated[str, typer.Option(envvar="MLOPS_MODEL_ALIAS", help="Whose reference counts.")]
Current = Annotated[
    str | None, typer.Option(help="Path, s3://…, dataset:NAME or telco; default: the newest object of current/.")
]
Bucket = Annotated[
    str | None, typer.Option(envvar="MLOPS_FEATURES_BUCKET", help="Bucket, s3://… or folder of data and reports.")
]
Config = Annotated[
    Path | None, typer.Option(envvar="MLOPS_MONITORING_CONFIG", help="Monitoring config; its section `drift` counts.")
]
Alpha = Annotated[float | None, typer.Option("--threshold", min=1e-6, max=0.49, help="Chance of a false alarm.")]
Which = Annotated[str | None, typer.Argument(help="Report: time, path or s3://…; default: the newest.")]


@app.callback()
def group() -> None:
    """Compare current data with what the champion was trained on."""


@app.command()
def check(
    model: Model = "churn-classifier",
    alias: Alias = "champion",
    current: Current = None,
    bucket: Bucket = None,
    config: Config = None,
    threshold: Alpha = None,
    label: Annotated[str | None, typer.Option(help="Column of actuals; default: as in training.")] = None,
    trained: Annotated[bool, typer.Option("--trained", help="Against the training rows, not a baseline.")] = False,
    retrain: Annotated[
        bool | None, typer.Option(help="Ask for a retraining on drift; default: when the rows are in the store.")
    ] = None,
    bus: Annotated[
        str | None, typer.Option("--event-bus", envvar="MLOPS_EVENT_BUS", help="Event bus that is told of drift.")
    ] = None,
    platform: Annotated[
        str, typer.Option(envvar="MLOPS_PLATFORM", help="Name of this platform in events.")
    ] = "mlops-local",
    fail: Annotated[bool, typer.Option("--fail", help="Exit 1 when there is drift.")] = False,
    as_json: Json = False,
) -> None:
    """Report drift of features, predictions and, where the label is known, performance. Without data: exit 0.

    The report of rows in the store goes there, with how many drifts of a known size would be found; drift is told
    to the event bus, or else asks for a retraining.

    Example: mlops drift check --current telco --fail
    """
    from jobs.datasets.moment import now
    from jobs.drift.canary import canaries
    from jobs.drift.check import check as report_on
    from jobs.drift.check import pinned, served
    from jobs.drift.events import announce
    from jobs.drift.gauges import publish
    from jobs.drift.stored import REPORTS, keep, newest_baseline
    from jobs.errors import ConfigError

    shelf, source = _start(bucket), current or _newest(bucket)
    if source is None:
        message = f"no current data in {shelf.root}/current/: nothing to compare"
        show({"drifted": None, "reason": message}) if as_json else print(message)
        return
    source = pinned(source)
    champion = served(model, alias)
    stored = current is None or current.startswith(("s3://", "dataset:"))
    try:
        kept = None if trained else newest_baseline(shelf, model, champion.version)
    except ConfigError:
        # A file on a laptop needs no store; without an entry to one there is no baseline either.
        if stored:
            raise
        kept = None
    reference = kept[1].reference if kept else None
    time = now()
    report: dict[str, Any] = {
        "time": time.isoformat(),
        "baseline": kept[0] if kept and reference else "bundle",
        **report_on(champion, source, _config(config, model, threshold), reference, label),
    }
    if stored:
        seed = int(time.timestamp())
        planted = canaries(reference or champion.reference, report["rows"], _config(config, model, threshold), seed)
        report["canaries"] = planted.as_dict()
        report["report"] = keep(shelf, REPORTS, time, report)
    publish(report)
    if bus and report["drifted"]:
        report["event"] = announce(report, bus, platform)
    elif stored if retrain is None else retrain:
        from jobs.retraining.requests import request

        report["request"] = request(report)
    show(report) if as_json else _print(report)
    raise typer.Exit(1 if fail and report["drifted"] else 0)


@app.command("show")
def show_report(which: Which = None, bucket: Bucket = None, as_json: Json = False) -> None:
    """Show a report of an earlier check.

    Example: mlops drift show
    """
    from jobs.drift.stored import read_report

    report = read_report(_start(bucket), which)
    show(report) if as_json else _print(report)


@app.command()
def features(
    feature: Annotated[str | None, typer.Argument(help="Its name; default: all, worst first.")] = None,
    report: Annotated[str | None, typer.Option(help="Report: time, path or s3://…; default: the newest.")] = None,
    bucket: Bucket = None,
    as_json: Json = False,
) -> None:
    """Show every statistic of a feature, its tests, and its bins before and now.

    Example: mlops drift features tenure
    """
    from jobs.drift.stored import read_report
    from jobs.errors import ConfigError

    said = read_report(_start(bucket), report)
    names = [one["feature"] for one in said["features"]]
    if feature is not None and feature not in names:
        raise ConfigError("the report has no such feature", given=feature, allowed=sorted(names))
    found = [one for one in said["features"] if feature in (None, one["feature"])]
    if as_json:
        show(found)
        return
    for one in found:
        print(f"{one['feature']} ({one['kind']}): {one['verdict']}{': ' + one['reason'] if one['reason'] else ''}")
        rows = [[name, f"{each['value']:.4g}", f"{each['p']:.3g}"] for name, each in one["statistics"].items()]
        table(["statistic", "value", "p"], rows)
        table(
            ["bin", "before", "now"], [[b["bin"], f"{b['reference']:.4f}", f"{b['current']:.4f}"] for b in one["bins"]]
        )


@app.command()
def baseline(
    model: Model = "churn-classifier",
    alias: Alias = "champion",
    current: Current = None,
    bucket: Bucket = None,
    config: Config = None,
    accept: Annotated[str | None, typer.Option(help="Why rows that have drifted are taken all the same.")] = None,
    reset: Annotated[str | None, typer.Option(help="Why the training rows count again; no data is read.")] = None,
    as_json: Json = False,
) -> None:
    """Take production data as what the serving version is compared with from now on.

    Rows that have drifted from the training rows are refused without --accept.

    Example: mlops drift baseline --current telco
    """
    from jobs.drift import baseline as making
    from jobs.drift.check import pinned, served
    from jobs.drift.stored import add_baseline
    from jobs.errors import ConfigError, DataError

    if reset is not None and (accept is not None or current is not None):
        raise ConfigError("a baseline is reset or taken from data", given="--reset with --accept or --current")
    shelf = _start(bucket)
    source = None if reset is not None else current or _newest(bucket)
    if reset is None and source is None:
        raise DataError("there is no current data", given=f"{shelf.root}/current/", change="give --current")
    champion = served(model, alias)
    source = source and pinned(source)
    made = (
        making.reset(champion, reset or "")
        if source is None
        else making.baseline_of(champion, source, _config(config, model, None), accept)
    )
    place = add_baseline(shelf, made)
    rows = made.reference.rows if made.reference else None
    if as_json:
        show({"baseline": place, "version": made.version, "rows": rows, "source": made.source, "reason": made.reason})
    elif rows is None:
        print(f"version {made.version} is compared with its training rows again: {place}")
    else:
        print(f"version {made.version} is compared with {rows} rows of {made.source}: {place}")


@app.command()
def report(
    which: Which = None,
    output: Annotated[Path, typer.Option(help="The HTML file to write.")] = Path("drift.html"),
    bucket: Bucket = None,
    as_json: Json = False,
) -> None:
    """Write a report as one HTML page that needs nothing else.

    Example: mlops drift report --output drift.html
    """
    from jobs.drift.page import page_of
    from jobs.drift.stored import read_report
    from jobs.reports.page import html

    said = read_report(_start(bucket), which)
    with writing(output):
        output.write_text(html(page_of(said)))
    show({"page": str(output), "report": said["report"]}) if as_json else print(f"{output}: {said['verdict']}")


def _start(bucket: str | None) -> Any:
    from jobs.drift.stored import store_at
    from jobs.places import bucket as place
    from jobs.settings import use_environment

    use_environment()
    return store_at(bucket or place("features"))


def _newest(bucket: str | None) -> str | None:
    from jobs.drift.check import newest

    return newest(_start(bucket))


def _config(path: Path | None, model: str, alpha: float | None) -> DriftConfig:
    from jobs.config import load
    from jobs.drift.config import DriftConfig
    from jobs.errors import ConfigError
    from jobs.monitoring.config import Monitoring

    given = DriftConfig()
    if path is not None:
        monitoring = load(Monitoring, path)
        if monitoring.model != model:
            raise ConfigError("the config is of another model", given=monitoring.model, allowed=model)
        given = monitoring.drift
    return given if alpha is None else given.model_copy(update={"alpha": alpha})


def _print(report: dict[str, Any]) -> None:
    against = "" if report.get("baseline", "bundle") == "bundle" else f" (baseline {report['baseline']})"
    print(
        f"{report['current']}: {report['rows']} rows against version {report['version']}{against}: {report['verdict']}"
    )
    for reason in report["reasons"]:
        print(f"  {reason}")
    table(
        ["feature", "verdict", "psi", "moved", "p", "missing", "new"],
        [
            [
                one["feature"], one["verdict"], f"{one['psi']:.4f}", f"{one['effect']:.3f}",
                f"{min((test['adjusted'] for test in one['tests']), default=1.0):.2g}", f"{one['missing']:.3f}",
                ",".join(one["new"]) or "-",
            ]
            for one in report["features"]
        ],
    )  # fmt: skip
    for part in ("prediction", "label", "performance"):
        if part in report:
            print(f"{part}: {'drift' if report[part]['drifted'] else 'stable'}")
    if "canaries" in report:
        print(f"canaries: {report['canaries']['found']} of {report['canaries']['planted']} planted drifts are found")
    for name in ("report", "event", "request"):
        if report.get(name):
            print(f"{name}: {report[name]}")
