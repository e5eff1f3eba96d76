"""`mlops logs`."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.commands.cluster_options import Context, Kubeconfig
from jobs.commands.defaulting import WithShow
from jobs.commands.output import Json, progress, show, table
from jobs.errors import ConfigError

if TYPE_CHECKING:
    from jobs.cluster.look import Look
    from jobs.logs.line import Line
    from jobs.logs.read import Source

app = typer.Typer(cls=WithShow, help="What the platform's containers have written. The word `show` may be left out.")

Service = Annotated[str | None, typer.Argument(help="Such as mlflow or model-server; none: errors by service.")]
Since = Annotated[str, typer.Option(help="Such as 30m, 6h or 2d.")]
# As the node writes times, so that they can be compared as text.
_TIME = "%Y-%m-%dT%H:%M:%S.000000000Z"


@app.command("show")
def show_logs(
    service: Service = None,
    since: Since = "1h",
    grep: Annotated[str, typer.Option(help="Only lines that this regular expression finds something in.")] = "",
    errors: Annotated[bool, typer.Option("--errors", help="Only lines that tell of an error.")] = False,
    previous: Annotated[bool, typer.Option("--previous", help="Of the containers before their last restart.")] = False,
    tail: Annotated[int, typer.Option(min=1, help="The newest so many lines.")] = 100,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Then each line as it is written, of new pods, too; Ctrl-C ends.")
    ] = False,
    during: Annotated[str | None, typer.Option("--for", help="Follow for so long, such as 30s or 10m.")] = None,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    as_json: Json = False,
) -> None:
    """Show the log of a service, its pods in one order; or without a service, how many errors each has told of.

    Example: mlops logs show mlflow --since 30m --errors
    """
    from jobs.cluster.access import Access
    from jobs.cluster.look import Look
    from jobs.datasets.moment import parse_age
    from jobs.logs.read import read, sources

    age, wanted = max(parse_age(since), timedelta(seconds=1)), _pattern(grep)
    seconds = None if during is None else parse_age(during).total_seconds()
    if (follow and (service is None or previous)) or (during is not None and not follow):
        raise ConfigError(
            "these do not go together", given="--for" if not follow else "--previous" if previous else "--follow",
            allowed="mlops logs SERVICE --follow [--for 10m], without --previous",
        )  # fmt: skip

    def kept(line: Line) -> bool:
        return bool(wanted.search(line.text)) and (line.is_error or not errors)

    look = Look(Access.choose(kubeconfig, context))
    chosen = sources(look, service)
    found = read(look, chosen, int(age.total_seconds()), previous=previous)
    for pod, why in found.silent.items():
        typer.echo(f"{pod}: no log: {why}", err=True)
    lines = [line for line in found.lines if kept(line)]
    if service is None:
        _by_service(chosen, lines, as_json)
    elif follow:
        for line in lines[-tail:]:
            _print(line, as_json)
        known = dict.fromkeys(chosen, f"{datetime.now(UTC) - age:{_TIME}}") | found.newest
        _follow(look, service, known, seconds, kept, as_json)
    elif as_json:
        show([asdict(line) for line in lines[-tail:]])
    else:
        for line in lines[-tail:]:
            _print(line)


@app.command()
def archive(
    to: Annotated[str, typer.Argument(help="A folder, or s3://bucket/prefix; the archive is below it, by its time.")],
    since: Since = "24h",
    service: Annotated[str | None, typer.Option(help="Only its pods.")] = None,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    as_json: Json = False,
) -> None:
    """Keep the logs of all pods, compressed, with a manifest, never over what is there; exit 1 when one is missing.

    Example: mlops logs archive logs-of-the-incident --since 6h
    """
    from jobs.cluster.access import Access
    from jobs.cluster.look import Look
    from jobs.datasets.moment import now, parse_age
    from jobs.datasets.shelf import shelf_of
    from jobs.logs.archive import MANIFEST
    from jobs.logs.archive import archive as keep
    from jobs.logs.read import sources
    from jobs.settings import use_environment
    from jobs.store import split

    age = max(parse_age(since), timedelta(seconds=1))
    if to.startswith("s3:"):
        use_environment()
        split(to)
    look = Look(Access.choose(kubeconfig, context))
    done = keep(look, sources(look, service), shelf_of(to), age, now(), progress(as_json))
    if as_json:
        show({"place": done.place, **done.manifest()})
    else:
        print(
            f"{done.place}/{MANIFEST}: {len(done.kept)} logs, {sum(one.lines for one in done.kept)} lines,"
            f" {sum(one.bytes for one in done.kept)} bytes, {len(done.bad)} could not be read"
        )
    raise typer.Exit(1 if done.bad else 0)


def _pattern(grep: str) -> re.Pattern[str]:
    try:
        return re.compile(grep)
    except re.error as error:
        raise ConfigError(
            "this is no regular expression", given=grep, details=(str(error),),
            change="give --grep another; a backslash before a sign, such as \\( or \\*, means the sign itself",
        ) from error  # fmt: skip


def _follow(
    look: Look,
    service: str,
    known: dict[Source, str],
    seconds: float | None,
    kept: Callable[[Line], bool],
    as_json: bool,
) -> None:
    from jobs.logs.follow import Follower

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    for line in Follower(look, service, known, say).lines(seconds):
        if kept(line):
            _print(line, as_json)


def _print(line: Line, as_json: bool = False) -> None:
    """JSON here is one object for each line."""
    print(json.dumps(asdict(line)) if as_json else f"{line.time[:23]} {line.pod} {line.text}", flush=True)


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
