"""`mlops backup`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from jobs.commands.output import Json, show

app = typer.Typer(help="Back up what cannot be made again.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Back up what cannot be made again."""


@app.command()
def database(
    bucket: Annotated[str, typer.Option(envvar="MLOPS_BACKUP_BUCKET", help="Bucket of the backups.")] = "backups",
    name: Annotated[
        list[str] | None, typer.Option(help="Database, repeatable; default: mlflow, mlflow_auth and studies.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Dump the databases to the store, read them back and verify; server and user come from PG* variables.

    Example: mlops backup database --bucket backups
    """
    from datetime import UTC, datetime

    from jobs.backup.database import DATABASES, backup
    from jobs.settings import use_environment
    from jobs.store import client

    use_environment()
    dumps = backup(client(), bucket, name or DATABASES, datetime.now(UTC))
    if as_json:
        show([asdict(dump) for dump in dumps])
        return
    for dump in dumps:
        print(f"{dump.database}: s3://{bucket}/{dump.key}, {dump.bytes} bytes, sha256 {dump.sha256[:12]}, verified")
