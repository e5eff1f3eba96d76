"""`mlops health`."""

from __future__ import annotations

from dataclasses import asdict

import typer

from jobs.commands.output import Json, show, table


def health(as_json: Json = False) -> None:
    """Ask every part of the platform; exit 1 when one is bad.

    Example: mlops health --json
    """
    from jobs.errors import ConfigError
    from jobs.monitoring.health import check_all
    from jobs.settings import Instance, use_environment

    use_environment()
    parts = check_all(Instance.read().outputs())
    if not parts:
        raise ConfigError("there is nothing to ask", change="run `make up`, or set MLFLOW_TRACKING_URI")
    well = all(part.ok for part in parts)
    if as_json:
        show({"ok": well, "parts": [asdict(part) for part in parts]})
    else:
        table(
            ["part", "state", "ms", "address", "says"],
            [
                [one.name, "ok" if one.ok else "BAD", f"{one.milliseconds:.0f}", one.address, one.detail]
                for one in parts
            ],
        )
    raise typer.Exit(0 if well else 1)
