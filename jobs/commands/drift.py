"""`mlops drift`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from jobs.commands.output import Json, show, table

app = typer.Typer(help="Compare current data with what the champion was trained on.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Compare current data with what the champion was trained on."""


@app.command()
def check(
    model: Annotated[str, typer.Option(envvar="MLOPS_MODEL_NAME", help="Registered model.")] = "churn-classifier",
    alias: Annotated[str, typer.Option(envvar="MLOPS_MODEL_ALIAS", help="Whose reference counts.")] = "champion",
    current: Annotated[str | None, typer.Option(help="Path, s3://… or telco; default: the newest object.")] = None,
    bucket: Annotated[
        str, typer.Option(envvar="MLOPS_FEATURES_BUCKET", help="Bucket of data and reports.")
    ] = "features",
    threshold: Annotated[float, typer.Option(min=0.0001, max=0.49, help="Chance of a false alarm.")] = 0.01,
    bus: Annotated[
        str | None, typer.Option("--event-bus", envvar="MLOPS_EVENT_BUS", help="Event bus that is told of drift.")
    ] = None,
    platform: Annotated[
        str, typer.Option(envvar="MLOPS_PLATFORM", help="Name of this platform in events.")
    ] = "mlops-local",
    fail: Annotated[bool, typer.Option("--fail", help="Exit 1 when there is drift.")] = False,
    as_json: Json = False,
) -> None:
    """Report the drift of every feature; the report also goes to the store. Without current data: says so, exit 0.

    Drift is told to the event bus, if there is one.

    Example: mlops drift check --current s3://features/current/2026-11-21.parquet --fail
    """
    from datetime import UTC, datetime

    from jobs.drift.check import check as report_on
    from jobs.drift.check import newest, served
    from jobs.drift.config import DriftConfig
    from jobs.drift.events import announce
    from jobs.settings import use_environment
    from jobs.store import write_object

    use_environment()
    source = current or newest(f"s3://{bucket}/current/")
    if source is None:
        message = f"no current data in s3://{bucket}/current/: nothing to compare"
        show({"drifted": None, "reason": message}) if as_json else print(message)
        return
    report = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        **report_on(served(model, alias), source, DriftConfig(alpha=threshold)),
    }
    if current is None or current.startswith("s3://"):
        place = f"s3://{bucket}/drift/{report['time'].replace(':', '-').replace('+00-00', 'Z')}.json"
        write_object(place, json.dumps(report).encode(), "application/json")
        report["report"] = place
    if bus and report["drifted"]:
        report["event"] = announce(report, bus, platform)
    if as_json:
        show(report)
    else:
        print(f"{source}: {report['rows']} rows against version {report['version']}, drift: {report['drifted']}")
        table(
            ["feature", "psi", "drift", "missing", "new"],
            [
                [
                    one["feature"],
                    f"{one['psi']:.4f}",
                    one["drifted"],
                    f"{one['missing']:.3f}",
                    ",".join(one["new"]) or "-",
                ]
                for one in report["features"]
            ],
        )
    raise typer.Exit(1 if fail and report["drifted"] else 0)
