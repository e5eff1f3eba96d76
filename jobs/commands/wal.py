"""`mlops wal`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from jobs.commands.backup import Identity, Place
from jobs.commands.output import Json, progress, show, table

# Seconds. Kubernetes' own way would be minutes, and nothing is kept meanwhile.
AGAIN = 5
app = typer.Typer(help="Keep PostgreSQL's log, and go back to any time by it.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Keep PostgreSQL's log, and go back to any time by it."""


@app.command()
def archive(
    every: Annotated[float, typer.Option(min=1, max=240, help="Seconds between two pieces.")] = 60,
    base_every: Annotated[str, typer.Option(help="Age of the newest base, like 1d.")] = "1d",
    kept: Annotated[
        Path | None, typer.Option(help="File that is touched with each piece and each wait, for probes.")
    ] = None,
    place: Place = None,
    as_json: Json = False,
) -> None:
    """Follow the log of PostgreSQL and keep it, sealed, piece by piece, with a base from time to time; does not end.

    Server and role come from PG*; the role may replicate. While server or store are away it waits for them; started
    again it goes on where the bucket ends: the server keeps what is not there yet. Sealed for the public keys of
    MLOPS_BACKUP_RECIPIENTS.

    Example: mlops wal archive --every 60
    """
    from jobs.backup.seal import Sealer, recipients
    from jobs.backup.sets import Sets
    from jobs.commands.ending import in_order
    from jobs.datasets.moment import parse_age
    from jobs.errors import UnreachableError
    from jobs.metrics import push
    from jobs.settings import use_database, use_environment
    from jobs.wal.archive import Archiver, Kept, Pace
    from jobs.wal.gauges import JOB, gauges

    use_database()
    use_environment()
    say = progress(as_json)

    def told(stored: Kept) -> None:
        push(JOB, gauges(stored))
        if kept:
            kept.touch()
        say(f"kept {stored.piece.bytes} bytes, up to {stored.piece.time.isoformat()}")

    shelf = Sets.at(place).shelf
    archiver = Archiver(shelf, Sealer(recipients()), Pace(every, parse_age(base_every)), say, told)
    with in_order():
        while True:
            try:
                archiver.run()
            except UnreachableError as error:
                if kept:
                    kept.touch()
                say(f"{error}; tried again in {AGAIN} s")
                time.sleep(AGAIN)


@app.command()
def status(place: Place = None, as_json: Json = False) -> None:
    """Show which times the log leads to; exit code 1 when there is none.

    Example: mlops wal status
    """
    from jobs.backup.sets import Sets
    from jobs.settings import use_environment
    from jobs.wal.kept import spans_of

    use_environment()
    found = spans_of(Sets.at(place).shelf, progress(as_json))
    rows = [
        {
            "server": span.base.system, "first": span.first, "last": span.last, "pieces": len(span.pieces),
            "base": span.base.content.bytes, "log": sum(piece.bytes for piece in span.pieces),
        }
        for span in found
    ]  # fmt: skip
    if as_json:
        show(rows)
    else:
        table(
            list(rows[0]) if rows else ["server", "first", "last"], [[str(one) for one in row.values()] for row in rows]
        )
    raise typer.Exit(0 if rows else 1)


@app.command()
def recover(
    folder: Annotated[
        Path,
        typer.Option(
            envvar="MLOPS_RECOVERY_FOLDER",
            help="Not there yet; a PostgreSQL is started on its `data` by somebody else.",
        ),
    ],
    at: Annotated[str | None, typer.Option(help="Like 2026-11-20T12:00:30Z; default: as late as the log goes.")] = None,
    identity: Identity = None,
    place: Place = None,
    as_json: Json = False,
) -> None:
    """Make a set of a time between two sets: write the server's files of it, wait for a server on them, take a set.

    What the Job `recovery` runs beside a PostgreSQL of its own; `mlops restore --at` starts that. PG* variables say
    where the server will be.

    Example: mlops wal recover --at 2099-01-01T00:00Z --folder recovery
    """
    from jobs.backup.originals import Originals
    from jobs.backup.seal import Opener, Sealer, identities, recipients
    from jobs.backup.sets import Sets
    from jobs.commands.ending import in_order
    from jobs.datasets.moment import parse_time
    from jobs.settings import use_environment
    from jobs.wal.recover import recover as bring

    use_environment()
    moment = parse_time(at) if at else None
    say = progress(as_json)
    sets = Sets(Originals(Sets.at(place).shelf, say))
    with in_order():
        found = bring(sets, moment, Opener(identities(identity)), Sealer(recipients()), folder, say)
    seconds = {name: round(value, 2) for name, value in found.seconds.items()}
    if as_json:
        show(
            {
                "set": found.taken.entry.id,
                "at": found.taken.entry.time,
                "base": found.span.base.time,
                "seconds": seconds,
            }
        )
        return
    taken = ", ".join(f"{name} {value} s" for name, value in seconds.items())
    print(f"set {found.taken.entry.id} is of {found.taken.entry.time.isoformat()} ({taken})")
