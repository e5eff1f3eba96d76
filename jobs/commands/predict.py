"""`mlops predict`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jobs.commands.output import Json, show, table

SHIPPED = Path(__file__).parents[2] / "configs" / "churn-experiment.yaml"


def predict(
    data: Annotated[
        str | None, typer.Argument(help="CSV or Parquet by path or s3://; default: the config's data.")
    ] = None,
    rows: Annotated[int, typer.Option(min=1, help="How many rows, from the first.")] = 3,
    config: Annotated[Path, typer.Option(help="Experiment whose schema the rows have.")] = SHIPPED,
    url: Annotated[
        str | None, typer.Option(envvar="MLOPS_SERVING_URL", help="Default: the instance's servingUrl.")
    ] = None,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for a ready server.")] = 60.0,
    as_json: Json = False,
) -> None:
    """Send real rows to the gateway and print its answers; the API key is MLOPS_SERVING_KEY, or the instance's.

    Example: mlops predict --rows 3
    """
    from jobs.config import load
    from jobs.datasets.source import source_of
    from jobs.datasets.validate import validate
    from jobs.serving.client import predict as ask
    from jobs.serving.gateway import address
    from jobs.settings import use_environment
    from jobs.training.config import Experiment

    use_environment()
    where, key = address(url)
    experiment = load(Experiment, config)
    source = source_of(data) if data else experiment.data
    frame = source.read()
    found = validate(frame.head(rows), experiment.table, data or source.kind, labelled=False)
    answer = ask(where, key, found.records(), wait)
    if as_json:
        show(answer)
        return
    print(f"{answer['model']} version {answer['version']} at {where}")
    table(
        ["row", "probability", "label"],
        [[row, f"{one['probability']:.6f}", one["label"]] for row, one in enumerate(answer["predictions"], 1)],
    )
