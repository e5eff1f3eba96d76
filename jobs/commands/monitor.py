"""`mlops monitor`."""

from __future__ import annotations

import typer

app = typer.Typer(help="How well the served model does.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """How well the served model does."""
