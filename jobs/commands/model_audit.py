"""`mlops models audit`."""

from __future__ import annotations

from typing import Annotated

import typer

from jobs.commands.model_options import DEFAULT, Name, open_registry
from jobs.commands.output import Json, show


def audit(
    name: Name = DEFAULT,
    out: Annotated[str, typer.Option(help="A folder or s3://bucket/prefix.")] = ".",
    as_json: Json = False,
) -> None:
    """Look at every version with its files, decisions and entries, as one HTML page; exit 1 when something is wrong.

    Example: mlops models audit churn-classifier --out reports
    """
    from datetime import UTC, datetime

    from jobs.registry.audit_page import page_of
    from jobs.registry.examination import examine
    from jobs.reports.save import save

    found = examine(open_registry(), name)
    address = save(out, f"audit-{name}", page_of(found, datetime.now(UTC)), found.as_dict())
    if as_json:
        show({"page": address, "versions": len(found.versions), "problems": found.problems})
    else:
        for problem in found.problems:
            print(problem)
        print(f"{address}: {len(found.versions)} versions, {len(found.problems)} problems")
    raise typer.Exit(1 if found.problems else 0)
