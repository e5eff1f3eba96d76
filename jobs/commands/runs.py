"""`mlops runs`: compare runs, delete old ones, reclaim their space."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobs.commands.output import Json, progress, show, table

if TYPE_CHECKING:
    from jobs.runs.plan import RunFacts

app = typer.Typer(help="Compare and prune runs.", no_args_is_help=True)

Age = Annotated[str, typer.Option("--older-than", help="A whole number and d, h, m or s.")]
Apply = Annotated[bool, typer.Option("--apply", help="Do it; without this it is only shown.")]


@app.command()
def compare(
    runs: Annotated[list[str], typer.Argument(help="Ids of runs, model@alias or model/version; two or more.")],
    everything: Annotated[bool, typer.Option("--all", help="Also what is the same.")] = False,
    as_json: Json = False,
) -> None:
    """Show the parameters, metrics and tags in which runs differ.

    Example: mlops runs compare churn-classifier@champion churn-classifier/2
    """
    from jobs.runs.compare import fetch, rows

    _tracking()
    found = fetch(runs)
    differing = rows(found, everything)
    if as_json:
        parts: dict[str, dict[str, Any]] = {"params": {}, "metrics": {}, "tags": {}}
        for row in differing:
            parts[row.part][row.name] = list(row.values)
        show({"runs": [run.as_dict() for run in found], **parts})
        return
    table(["part", "name", *runs], [[row.part, row.name, *map(_cell, row.values)] for row in differing])


@app.command()
def prune(
    older_than: Age = "90d",
    experiment: Annotated[str | None, typer.Option(help="Only of this experiment.")] = None,
    unfinished: Annotated[bool, typer.Option(help="Also runs that never ended, as killed ones.")] = False,
    collect: Annotated[
        str | None, typer.Option("--gc", help="Then also `mlops runs gc` with this age, such as 30d.")
    ] = None,
    apply: Apply = False,
    as_json: Json = False,
) -> None:
    """Delete runs that ended long ago, with their models; shows what would go, unless told to --apply.

    Runs stay that registered versions came from, that have the tag `mlops.keep`, and parents of runs that stay.

    Example: mlops runs prune --older-than 90d
    """
    from jobs.audit.trail import Trail
    from jobs.datasets.moment import parse_age
    from jobs.runs import gc
    from jobs.runs.prune import NAMED, Runs

    age, space = parse_age(older_than), parse_age(collect) if collect else None
    _tracking()
    uri = gc.backend() if space is not None else None
    trail = Trail.open() if apply else None
    runs = Runs()
    found = runs.find(experiment, datetime.now(UTC) - age, unfinished)
    doomed = found.plan.doomed
    if not as_json:
        table(["run", "experiment", "name", "ended", "what"], [
            *(_row(run, "goes" if apply else "would go") for run in doomed),
            *(_row(run, f"stays: {reason}") for run, reason in found.plan.spared),
        ])  # fmt: skip
    if trail is not None and doomed:
        trail.append(
            "runs.pruned", experiment or "every experiment", older_than=older_than, count=len(doomed),
            runs=[run.run_id for run in doomed[:NAMED]],
        )  # fmt: skip
        runs.delete(found, progress(as_json))
    garbage = _gc(uri, collect, apply) if uri and collect else None
    if as_json:
        show({
            "applied": apply, "deleted" if apply else "wouldDelete": [run.run_id for run in doomed],
            "stays": {run.run_id: reason for run, reason in found.plan.spared}, "gc": garbage,
        })  # fmt: skip
    elif garbage is not None:
        _tell(garbage, apply)
    elif not apply:
        print(f"{len(doomed)} runs would go; nothing was changed, --apply deletes them")


@app.command("gc")
def reclaim(older_than: Age = "30d", apply: Apply = False, as_json: Json = False) -> None:
    """Take runs, models and experiments that were deleted long ago out of database and store, for good.

    Needs MLflow's database: MLFLOW_BACKEND_STORE_URI, or the tracking servers' secret. Nothing goes that a registered
    version needs. Shows what would go, unless told to --apply.

    Example: mlops runs gc --older-than 30d
    """
    from jobs.runs import gc

    _tracking()
    garbage = _gc(gc.backend(), older_than, apply)
    show({"applied": apply, **garbage}) if as_json else _tell(garbage, apply)


def _gc(uri: str, older_than: str, apply: bool) -> dict[str, list[str]]:
    from jobs.audit.trail import Trail
    from jobs.datasets.moment import parse_age
    from jobs.runs import gc

    age = parse_age(older_than)
    garbage = gc.find(uri, age)
    if apply and (garbage.runs or garbage.models or garbage.experiments):
        counts = {key: len(value) for key, value in garbage.as_dict().items()}
        Trail.open().append("runs.collected", "tracking", older_than=older_than, **counts)
        gc.collect(uri, garbage, age)
    return garbage.as_dict()


def _tell(garbage: dict[str, list[str]], apply: bool) -> None:
    words = "were taken out for good" if apply else "would be taken out for good"
    counted = ", ".join(f"{len(garbage[kind])} {kind}" for kind in ("runs", "models", "experiments"))
    print(f"{counted} {words}")
    for one in garbage["spared"]:
        print(f"{one}: deleted, and yet a registered version needs it; restore it with `mlflow runs restore`")


def _row(run: RunFacts, what: str) -> list[str]:
    return [run.run_id, run.experiment, run.name, f"{run.last:%Y-%m-%d %H:%M}", what]


def _cell(value: object) -> str:
    return "-" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)


def _tracking() -> None:
    from jobs.settings import TrackingSettings, use_environment

    use_environment()
    TrackingSettings.read()
