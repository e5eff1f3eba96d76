"""`mlops data`."""

from __future__ import annotations

import typer

app = typer.Typer(help="Validate, snapshot, archive and read back training data.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Validate, snapshot, archive and read back training data."""
