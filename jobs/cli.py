"""The `mlops` command: table of contents of its groups, and the one place where errors become exit codes."""

from __future__ import annotations

import json
import os
import sys
from typing import NoReturn

import typer

from jobs.commands import (
    audit,
    backup,
    certs,
    data,
    db,
    deploy,
    dr,
    drift,
    env,
    health,
    images,
    logs,
    models,
    monitor,
    predict,
    report,
    restore,
    retrain,
    runs,
    slo,
    tracking,
    train,
    tune,
    users,
    wal,
)
from jobs.errors import MlopsError, explain

app = typer.Typer(
    name="mlops",
    help="The ML work on the platform. Exit codes: 0 fine, 1 the thing asked about is bad, 2 usage or configuration.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(data.app, name="data")
app.add_typer(train.app, name="train")
app.add_typer(tune.app, name="tune")
app.add_typer(runs.app, name="runs")
app.add_typer(models.app, name="models")
app.add_typer(deploy.app, name="deploy")
app.add_typer(audit.app, name="audit")
app.add_typer(drift.app, name="drift")
app.add_typer(retrain.app, name="retrain")
app.add_typer(monitor.app, name="monitor")
app.add_typer(report.app, name="report")
app.add_typer(backup.app, name="backup")
app.add_typer(dr.app, name="dr")
app.add_typer(wal.app, name="wal")
app.add_typer(tracking.app, name="tracking")
app.add_typer(users.app, name="users")
app.add_typer(db.app, name="db")
app.add_typer(logs.app, name="logs")
app.add_typer(images.app, name="images")
app.command("restore")(restore.restore)
app.command("predict")(predict.predict)
app.command("health")(health.health)
app.command("validate")(health.validate)
app.command("slo")(slo.slo)
app.command("certs")(certs.certs)
app.command("env")(env.env)


def main() -> NoReturn:
    """Runs the command. Known errors are told on stderr, and with --json as an object on stdout."""
    try:
        app()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        code = 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except Exception as error:
        known = explain(error)
        if known is None:
            raise
        code = tell(known, "--json" in sys.argv)
    else:
        code = 0
    sys.exit(code)


def tell(error: MlopsError, as_json: bool) -> int:
    """Prints the error → its exit code."""
    if as_json:
        print(json.dumps(error.as_dict(), indent=1, default=str))
    else:
        print(f"error: {error}", file=sys.stderr)
    return error.exit_code
