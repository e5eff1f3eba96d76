"""`mlops tracking`: a tracking server for a laptop."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The tracking server.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """The tracking server."""


@app.command()
def serve(
    folder: Annotated[Path, typer.Option(help="Where the database and the artifacts live.")] = Path("mlruns.local"),
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 5000,
) -> None:
    """Run MLflow in one process on SQLite and a local folder, until interrupted; no cluster is needed.

    Example: mlops tracking serve --folder ~/mlflow --port 5000
    """
    folder = folder.expanduser().resolve()
    (folder / "artifacts").mkdir(parents=True, exist_ok=True)
    # Without a proxy for artifacts, so that clients and the model server behave as on the platform. MLflow's job
    # runner is on by default and costs 2 GB.
    environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    print(f"export MLFLOW_TRACKING_URI=http://{host}:{port}\nexport MLOPS_AUDIT={folder / 'audit'}", flush=True)
    command = [
        sys.executable, "-m", "mlflow", "server", "--workers", "1", "--host", host, "--port", str(port),
        "--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}",
        "--default-artifact-root", (folder / "artifacts").as_uri(), "--no-serve-artifacts",
    ]  # fmt: skip
    os.execve(command[0], command, environment)
