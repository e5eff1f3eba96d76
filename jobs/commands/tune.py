"""`mlops tune`."""

from __future__ import annotations

import typer

app = typer.Typer(help="Search for the best parameters.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Search for the best parameters."""
