"""`mlops report`."""

from __future__ import annotations

import typer

app = typer.Typer(help="Daily, weekly and capacity reports.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Daily, weekly and capacity reports."""
