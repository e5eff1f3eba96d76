"""`mlops retrain`."""

from __future__ import annotations

import typer

app = typer.Typer(help="Train again when data has drifted, and decide on the challenger.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Train again when data has drifted, and decide on the challenger."""
