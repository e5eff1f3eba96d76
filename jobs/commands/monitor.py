"""`mlops monitor`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jobs.commands.output import Json, progress, show

app = typer.Typer(help="How well the served model does.", no_args_is_help=True)

SHIPPED = Path(__file__).parents[2] / "configs" / "monitoring_config.yaml"
Config = Annotated[Path, typer.Option(envvar="MLOPS_MONITORING_CONFIG", help="YAML of kind monitoring.")]
Model = Annotated[str | None, typer.Option(envvar="MLOPS_MODEL_NAME", help="Default: the config's.")]
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
