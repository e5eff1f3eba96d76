"""`mlops logs`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.commands.cluster_options import Context, Kubeconfig
from jobs.commands.output import Json, show, table
from jobs.errors import ConfigError

if TYPE_CHECKING:
    from jobs.logs.line import Line
    from jobs.logs.read import Source


def logs(
    service: Annotated[
        str | None, typer.Argument(help="Such as mlflow or model-server; none: errors by service.")
    ] = None,
    since: Annotated[str, typer.Option(help="Such as 30m, 6h or 2d.")] = "1h",
    grep: Annotated[str, typer.Option(help="Only lines that this regular expression finds something in.")] = "",
    errors: Annotated[bool, typer.Option("--errors", help="Only lines that tell of an error.")] = False,
    previous: Annotated[bool, typer.Option("--previous", help="Of the containers before their last restart.")] = False,
    tail: Annotated[int, typer.Option(min=1, help="The newest so many lines.")] = 100,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    as_json: Json = False,
) -> None:
    """Show the log of a service, its pods in one order; or without a service, how many errors each has told of.

    Example: mlops logs mlflow --since 30m --errors
    """
    from jobs.cluster.access import Access
    from jobs.cluster.look import Look
    from jobs.datasets.moment import parse_age
    from jobs.logs.read import read, sources

    seconds = max(1, int(parse_age(since).total_seconds()))
    wanted = _pattern(grep)
    look = Look(Access.choose(kubeconfig, context))
    chosen = sources(look, service)
    found = read(look, chosen, seconds, previous=previous)
    kept = [line for line in found.lines if wanted.search(line.text) and (line.is_error or not errors)]
    for pod, why in found.silent.items():
        typer.echo(f"{pod}: no log: {why}", err=True)
    if service is None:
        _by_service(chosen, kept, as_json)
    elif as_json:
        show([asdict(line) for line in kept[-tail:]])
    else:
        for line in kept[-tail:]:
            print(f"{line.time[:23]} {line.pod} {line.text}")


def _pattern(grep: str) -> re.Pattern[str]:
    try:
        return re.compile(grep)
    except re.error as error:
        raise ConfigError("this is no regular expression", given=grep, change=str(error)) from error


def _by_service(chosen: Sequence[Source], kept: Iterable[Line], as_json: bool) -> None:
    service = {one.pod: one.service for one in chosen}
    found: dict[str, list[Line]] = {name: [] for name in sorted(set(service.values()))}
    counts = dict.fromkeys(found, 0)
    for line in kept:
        counts[service[line.pod]] += 1
        if line.is_error:
            found[service[line.pod]].append(line)
    rows = [
        (name, counts[name], len(told), told[-1].time[:19] if told else None, told[-1].text[:100] if told else None)
        for name, told in found.items()
    ]
    if as_json:
        names = ("service", "lines", "errors", "newest", "text")
        show([dict(zip(names, row, strict=True)) for row in rows])
        return
    table(
        ["service", "lines", "errors", "newest error", ""],
        [["-" if cell is None else cell for cell in row] for row in rows],
    )
