"""`mlops restore`."""

from __future__ import annotations

from typing import Annotated

import typer

from jobs.commands.backup import Identity, Place
from jobs.commands.output import Json, progress, show


def restore(
    which: Annotated[str | None, typer.Option("--set", help="Id, as `mlops backup list` shows it.")] = None,
    at: Annotated[
        str | None, typer.Option(help="All as it was then, like 2026-11-20T12:00:30Z, or as late before as can be.")
    ] = None,
    into: Annotated[
        str | None, typer.Option(help="A scratch name: databases NAME_…, buckets NAME-…, beside the platform's own.")
    ] = None,
    only: Annotated[str | None, typer.Option(help="database, artifacts or registry; default: all.")] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="What is there is replaced: databases are kept under another name.")
    ] = False,
    identity: Identity = None,
    place: Place = None,
    as_json: Json = False,
) -> None:
    """Put a set back, after every byte of it is verified; of a time between two sets it is made first, out of the log.

    PG* variables say where, as a role that may make databases; without PGHOST it is the instance of this machine.
    Rows are compared with the manifest and the champion is proven to load before anything is swapped in.

    Where PostgreSQL's log leads to the time it comes back to the second, later than the log it is the end of the log.
    Without a log, and with --place, it is the set before.

    Example: mlops restore --at 2099-01-01T00:00Z --into scratch
    """
    from jobs.backup.originals import Originals
    from jobs.backup.seal import Opener, identities
    from jobs.backup.sets import Sets
    from jobs.commands.ending import in_order
    from jobs.datasets.moment import parse_time
    from jobs.errors import ConfigError
    from jobs.places import bucket
    from jobs.restore.restore import restore as put_back
    from jobs.restore.target import Target
    from jobs.settings import use_database, use_environment
    from jobs.wal.request import set_of

    if (which is None) == (at is None):
        raise ConfigError("say which set", allowed="--set ID or --at TIME, one of them", change="`mlops backup list`")
    moment = parse_time(at) if at else None
    use_database()
    use_environment()
    say = progress(as_json)
    sets = Sets(Originals(Sets.at(place).shelf, say))
    opener = Opener(identities(identity))
    entry = set_of(sets, moment, say) if moment and place is None else sets.find(which, moment)
    manifest = sets.read(entry)
    names = {one.purpose: bucket(one.purpose) for one in manifest.buckets}
    target = Target.of(manifest, only, into, names)
    with in_order():
        restored = put_back(sets, entry, target, opener, replace, say)
    seconds = {name: round(value, 2) for name, value in restored.seconds.items()}
    if as_json:
        show({"set": entry.id, "rows": restored.rows, "objects": restored.objects, "seconds": seconds})
        return
    taken = ", ".join(f"{name} {value} s" for name, value in seconds.items())
    print(f"set {entry.id} is back: {restored.rows} rows, {restored.objects} objects ({taken})")
