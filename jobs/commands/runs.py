"""`mlops runs`."""

from __future__ import annotations

import typer

app = typer.Typer(help="Compare and prune runs.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Compare and prune runs."""
