"""`mlops audit`."""

from __future__ import annotations

import typer

app = typer.Typer(help="Who registered, promoted and rolled back what, when and why.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Who registered, promoted and rolled back what, when and why."""
