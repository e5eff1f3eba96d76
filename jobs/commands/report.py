"""`mlops report`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.commands.monitoring_options import SHIPPED, Config, Model, Out, Prometheus
from jobs.commands.output import Json, show, table

if TYPE_CHECKING:
    from jobs.reports.period import Period

app = typer.Typer(help="Daily, weekly and capacity reports.", no_args_is_help=True)

Date = Annotated[str | None, typer.Option(help="A day (UTC) of the period; default: the last one that has ended.")]


@app.callback()
def group() -> None:
    """Daily, weekly and capacity reports."""


@app.command()
def daily(
    date: Date = None, config: Config = SHIPPED, model: Model = None, out: Out = None, prometheus: Prometheus = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Write what a day brought: requests, alerts, predictions, performance, drift, retraining, registry.

    A source that does not answer is named in the report; exit 1 when none does.

    Example: mlops report daily --out reports
    """
    from datetime import UTC, datetime

    from jobs.reports.period import day_of

    _summary(day_of(date, datetime.now(UTC)), config, model, out, prometheus, as_json)


@app.command()
def weekly(
    date: Date = None, config: Config = SHIPPED, model: Model = None, out: Out = None, prometheus: Prometheus = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Write what a week, from Monday, brought; as `mlops report daily`.

    Example: mlops report weekly --out reports
    """
    from datetime import UTC, datetime

    from jobs.reports.period import week_of

    _summary(week_of(date, datetime.now(UTC)), config, model, out, prometheus, as_json)


@app.command()
def capacity(
    config: Config = SHIPPED, model: Model = None, out: Out = None, prometheus: Prometheus = None, as_json: Json = False
) -> None:
    """Write when the model server reaches its limits, by the trend of its load; exit 1 when it is there.

    Example: mlops report capacity --out reports
    """
    from datetime import UTC, datetime

    from jobs.monitoring import places
    from jobs.monitoring import prometheus as ways
    from jobs.reports.capacity import REACHED, as_data, plan, section
    from jobs.reports.page import Page
    from jobs.reports.save import save

    settings = places.read(config, model)
    end = datetime.now(UTC).replace(microsecond=0)
    found = plan(ways.Prometheus(ways.address(prometheus)), settings, end)
    about = f"The last {settings.capacity.history_days} days before {end:%Y-%m-%d %H:%M} UTC"
    page = Page(f"Capacity of the server of {settings.model}", about, [section(found, settings)])
    data = as_data(found, settings, end)
    address = save(out or places.reports(), f"capacity/{end:%Y-%m-%d}", page, data)
    if as_json:
        show({"report": address, **data})
    else:
        print(address)
        table(
            ["figure", "verdict", "reached", "earliest", ""],
            [
                [one.name, one.verdict, *(f"{day:%Y-%m-%d}" if day else "-" for day in (one.reached, one.earliest)),
                 one.reason]
                for one in found
            ],
        )  # fmt: skip
    raise typer.Exit(1 if any(one.verdict == REACHED for one in found) else 0)


def _summary(
    period: Period, config: Path, model: str | None, out: str | None, prometheus: str | None, as_json: bool
) -> None:
    from jobs.monitoring import places
    from jobs.monitoring import prometheus as ways
    from jobs.reports.save import save
    from jobs.reports.summary import summary

    settings = places.read(config, model)
    page, data = summary(
        settings, period, lambda: ways.Prometheus(ways.address(prometheus)), places.predictions(settings),
        places.actuals(settings), places.features(),
    )  # fmt: skip
    address = save(out or places.reports(), f"{period.kind}/{settings.model}/{period.name}", page, data)
    if as_json:
        show({"report": address, **data})
    else:
        unknown = f"; {data['unknown']} sources did not answer" if data["unknown"] else ""
        print(f"{address}: {period.start:%Y-%m-%d} to {period.end:%Y-%m-%d}{unknown}")
