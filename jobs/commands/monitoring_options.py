"""Options of every command that watches the served model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SHIPPED = Path(__file__).parents[2] / "configs" / "monitoring_config.yaml"
Config = Annotated[Path, typer.Option(envvar="MLOPS_MONITORING_CONFIG", help="YAML of kind monitoring.")]
Model = Annotated[str | None, typer.Option(envvar="MLOPS_MODEL_NAME", help="Default: the config's.")]
Out = Annotated[str | None, typer.Option(help="Folder or s3://…; default: reports/ in the features bucket.")]
Prometheus = Annotated[
    str | None, typer.Option(envvar="MLOPS_PROMETHEUS", help="Its address; default: the instance's.")
]
