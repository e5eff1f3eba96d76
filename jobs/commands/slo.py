"""`mlops slo`."""

from __future__ import annotations

import typer

from jobs.commands.monitoring_options import Prometheus
from jobs.commands.output import Json, show, table


def slo(prometheus: Prometheus = None, as_json: Json = False) -> None:
    """Show what was promised, what was kept of it in 30 days, and how much of each error budget is left.

    Exit 1 when a promise is broken, 2 when Prometheus cannot be asked. What was not measured yet is no failure.

    Example: mlops slo
    """
    from jobs.errors import ConfigError, UnreachableError
    from jobs.monitoring import prometheus as ways
    from jobs.slo.kept import DAYS, kept

    address = ways.address(prometheus)
    try:
        found = kept(ways.Prometheus(address), address)
    except UnreachableError as error:
        raise ConfigError(error.problem, given=error.given, change="`mlops health`, or --prometheus") from error
    broken = [one.slo for one in found if one.state == "broken"]
    if as_json:
        show({"ok": not broken, "slos": [one.as_dict() for one in found]})
    else:
        table(
            ["slo", "state", "target", "measured", "last day", "budget left", "promise"],
            [
                [one.slo, one.state.upper() if one.slo in broken else one.state, _share(one.target),
                 _share(one.measured), _share(one.today), _share(one.budget_left), one.promise]
                for one in found
            ],
        )  # fmt: skip
        days = max(one.days for one in found)
        print(f"\nof the last {days:.1f} days; a whole window is {DAYS}")
    raise typer.Exit(1 if broken else 0)


def _share(value: float | None) -> str:
    # Rounded first, so that nothing is less than nothing.
    return "-" if value is None else f"{round(value, 4) + 0.0:.2%}"
