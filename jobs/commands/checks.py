"""What commands that ask for checks have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobs.commands.output import show, table

if TYPE_CHECKING:
    from jobs.checks.check import Check, Result
    from jobs.checks.system import System

# What the stack serves unless its settings say otherwise (infra/settings/serving.py).
Model = Annotated[str, typer.Option(envvar="MLOPS_MODEL_NAME", help="The model that is served.")]
Alias = Annotated[str, typer.Option(envvar="MLOPS_MODEL_ALIAS", help="The alias that is served.")]
MODEL, ALIAS = "churn-classifier", "champion"
_SHOWN = {"ok": "ok", "bad": "BAD", "skipped": "-"}


def answer(
    checks: Sequence[Check], system: System, seconds: float, as_json: bool, facts: Mapping[str, Any] | None = None
) -> None:
    """Asks, prints, and ends the command: exit 1 when a check is bad."""
    from jobs.checks.run import run

    results = run(checks, system, seconds)
    wrong = [one for one in results if one.state == "bad"]
    if as_json:
        show({"ok": not wrong, **(facts or {}), "checks": [asdict(one) for one in results]})
    else:
        _tell(results, wrong)
    raise typer.Exit(1 if wrong else 0)


def _tell(results: Sequence[Result], wrong: Sequence[Result]) -> None:
    table(
        ["check", "state", "ms", "says"],
        [[one.name, _SHOWN[one.state], f"{one.milliseconds:.0f}", one.says] for one in results],
    )
    for one in wrong:
        print(f"\n{one.name}: {one.says}")
        for detail in one.details:
            print(f"  {detail}")
        if one.change:
            print(f"  change:  {one.change}")
    print(f"\n{len(results)} checks, {len(wrong)} bad")
