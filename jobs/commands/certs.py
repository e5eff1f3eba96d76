"""`mlops certs`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobs.commands.output import Json, show, table

if TYPE_CHECKING:
    from datetime import datetime

    from jobs.certificates.judge import Judged

# As jobs.certificates.judge.LEAST, which must not be imported before the command runs.
DAYS = 21


def certs(
    days: Annotated[int, typer.Option(min=0, help="One that ends within so many days is bad.")] = DAYS,
    as_json: Json = False,
) -> None:
    """Show every certificate as clients are shown it: by whom, for which names, until when; exit 1 when one is bad.

    Bad is one that is expired, ends soon, is signed by nobody its clients trust, or is not for the name called.

    Example: mlops certs --days 30
    """
    import os
    from datetime import UTC, datetime, timedelta

    from jobs.certificates.judge import judged
    from jobs.errors import ConfigError
    from jobs.settings import Instance, use_database, use_environment

    use_database()
    use_environment()
    instance = Instance.read()
    outputs = instance.outputs() if instance.in_use() else {}
    now = datetime.now(UTC)
    found = judged(outputs, os.environ, now, timedelta(days=days))
    if not found:
        raise ConfigError(
            "nothing is known that shows a certificate", given="no instance, no address with TLS in the environment",
            change="run `make up`, or set PGHOST and MLFLOW_S3_ENDPOINT_URL",
        )  # fmt: skip
    bad = [one for one in found if one.problems]
    if as_json:
        show({"ok": not bad, "certificates": [_row(one, now) for one in found]})
    else:
        _tell(found, bad, now)
    raise typer.Exit(1 if bad else 0)


def _row(one: Judged, now: datetime) -> dict[str, Any]:
    row: dict[str, Any] = {"name": one.name, "address": one.address}
    if known := one.certificate:
        row |= {
            "subject": known.subject, "issuer": known.issuer, "names": known.names, "begins": known.begins,
            "ends": known.ends, "days": (known.ends - now).days,
        }  # fmt: skip
    return row | {"problems": [{"says": problem.says, "change": problem.change} for problem in one.problems]}


def _tell(found: list[Judged], bad: list[Judged], now: datetime) -> None:
    cells = []
    for one in found:
        state, known = "BAD" if one.problems else "ok", one.certificate
        told = [known.issuer, f"{known.ends:%Y-%m-%d}", (known.ends - now).days] if known else ["-", "-", "-"]
        cells.append([one.name, state, one.address, *told, ", ".join(known.names) if known else "-"])
    table(["certificate", "state", "shown at", "issuer", "ends", "days", "names"], cells)
    for one in bad:
        for problem in one.problems:
            print(f"\n{one.name}: {problem.says}\n  change:  {problem.change}")
    print(f"\n{len(found)} certificates, {len(bad)} bad")
