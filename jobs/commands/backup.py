"""`mlops backup`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobs.commands.output import Json, progress, show, table

if TYPE_CHECKING:
    from jobs.backup.sets import Entry

app = typer.Typer(help="Back up what cannot be made again.", no_args_is_help=True)

Place = Annotated[
    str | None,
    typer.Option("--place", help="s3://bucket/prefix or a folder; default: the platform's bucket of backups."),
]
Identity = Annotated[
    Path | None,
    typer.Option(help="File with the secret key; default: $MLOPS_BACKUP_IDENTITY, or the instance's backup.key."),
]


@app.callback()
def group() -> None:
    """Back up what cannot be made again."""


@app.command()
def run(
    database: Annotated[
        list[str] | None, typer.Option(help="Repeatable, MLflow's first; default: mlflow, mlflow_auth and studies.")
    ] = None,
    configuration: Annotated[
        Path | None, typer.Option(envvar="MLOPS_BACKUP_CONFIGURATION", help="Folder of files that go with the set.")
    ] = None,
    anew: Annotated[
        bool, typer.Option("--anew", help="Read and write everything: the set needs no pack that is there already.")
    ] = False,
    place: Place = None,
    as_json: Json = False,
) -> None:
    """Take one set of databases, buckets, registry and configuration, read back; server and role come from PG*.

    After the first set only what is new is read and written. Sealed for the public keys of MLOPS_BACKUP_RECIPIENTS.

    Example: mlops backup run
    """
    from jobs.backup.databases import DATABASES
    from jobs.backup.gauges import JOB, gauges
    from jobs.backup.seal import Sealer, recipients
    from jobs.backup.sets import Sets
    from jobs.backup.take import take
    from jobs.certificates.gauges import push as push_certificates
    from jobs.commands.ending import in_order
    from jobs.errors import ConfigError
    from jobs.metrics import push
    from jobs.settings import use_database, use_environment

    if database and place is None:
        raise ConfigError(
            "a set of some databases would pass for a whole one", given=database, allowed="all, or with --place"
        )
    use_database()
    use_environment()
    push_certificates(os.environ)
    say = progress(as_json)
    with in_order():
        taken = take(Sets.at(place), Sealer(recipients()), database or DATABASES, configuration, say, anew=anew)
    push(JOB, gauges(taken))
    for version in taken.lost:
        say(f"{version} has no files: the registry names what the store does not have")
    if as_json:
        show(
            {
                "set": taken.entry.id, "parent": taken.manifest.parent, "time": taken.manifest.time,
                "seconds": taken.seconds, "bytes": taken.stored, "written": taken.written,
                "skew": taken.manifest.skew, "versionsWithoutFiles": list(taken.lost),
            }
        )  # fmt: skip
    else:
        new = f"{taken.written} of them new and read back, in {taken.seconds:.1f} s"
        print(f"set {taken.entry.id}: {taken.stored} bytes, {new}")
    if problem := taken.clock_problem():
        raise problem


@app.command(name="list")
def list_sets(place: Place = None, as_json: Json = False) -> None:
    """Show every set, oldest first; one whose manifest is not sound is told, not left out.

    Example: mlops backup list
    """
    from jobs.backup.sets import Sets

    _environment()
    sets = Sets.at(place)
    rows = [_row(sets, entry) for entry in sets.entries()]
    if as_json:
        show(rows)
        return
    table(
        ["set", "rows", "objects", "models", "bytes", "parent"],
        [[*(row.get(key, "-") for key in ("set", "rows", "objects", "models", "bytes")), _last(row)] for row in rows],
    )  # fmt: skip


@app.command()
def verify(
    which: Annotated[str | None, typer.Option("--set", help="Id; default: the newest.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every set.")] = False,
    stored: Annotated[bool, typer.Option("--stored", help="Without the key: only that packs lie as written.")] = False,
    identity: Identity = None,
    place: Place = None,
    as_json: Json = False,
) -> None:
    """Read every byte of a set and compare it with its manifest; nothing is changed.

    With --all each set that is not sound is named, and the next one is read; the exit code is 1 then.

    Example: mlops backup verify
    """
    from jobs.backup.errors import BackupError
    from jobs.backup.seal import Opener, identities
    from jobs.backup.sets import Sets
    from jobs.backup.verify import verify as check

    _environment()
    sets = Sets.at(place)
    opener = None if stored else Opener(identities(identity))
    entries = sets.entries() if every else [sets.find(which, None)]
    found: list[dict[str, object]] = []
    say, bad = progress(as_json), 0
    for entry in entries:
        try:
            verified = check(sets.shelf, sets.read(entry), opener)
        except BackupError as error:
            if not every:
                raise
            bad += 1
            say(f"{entry.id}: not sound: {error}")
            found.append({"set": entry.id, "problem": error.problem, "given": error.given})
            continue
        how = "every chunk opened" if verified.opened else "as they lie"
        found.append({"set": entry.id, "packs": verified.packs, "bytes": verified.bytes, "opened": verified.opened})
        say(f"{entry.id}: sound, {verified.packs} packs of {verified.bytes} bytes read, {how}")
    if as_json:
        show(found)
    raise typer.Exit(1 if bad else 0)


@app.command()
def rotate(
    daily: Annotated[int, typer.Option(min=1, help="Days that keep their newest set.")] = 7,
    weekly: Annotated[int, typer.Option(min=0, help="Weeks that do.")] = 4,
    monthly: Annotated[int, typer.Option(min=0, help="Months that do.")] = 12,
    apply: Annotated[bool, typer.Option("--apply", help="Do it; without this it is only shown.")] = False,
    place: Place = None,
    as_json: Json = False,
) -> None:
    """Remove sets beyond those of the last days, weeks and months; shows what would go, unless told to --apply.

    PostgreSQL's log stays for as many days as --daily. What a kept set needs, what is locked, and packs younger than
    a day stay, too. With --apply the newest set is read first: unless it lies as it was written, nothing is removed.

    Example: mlops backup rotate --daily 7 --weekly 4 --monthly 12
    """
    from jobs.backup import rotate as rotation
    from jobs.backup.errors import BackupError
    from jobs.backup.gauges import ROTATION, rotation_gauges
    from jobs.backup.retention import Keep
    from jobs.backup.sets import Sets
    from jobs.backup.verify import verify as check
    from jobs.metrics import push

    _environment()
    sets = Sets.at(place)
    say = progress(as_json)
    planned = rotation.plan(sets, Keep(daily, weekly, monthly))
    for name, why in planned.kept.items():
        say(f"{name} stays: {', '.join(why)}")
    for line in planned.locked:
        say(f"locked: {line}")
    if apply:
        newest = sets.find(None, None)
        verified = check(sets.shelf, sets.read(newest), None)
        say(f"{newest.id}: {verified.packs} packs of {verified.bytes} bytes lie as they were written")
        rotation.apply(sets, planned, say)
        push(ROTATION, rotation_gauges(len(planned.kept), planned.bytes, verified))
    else:
        for one in planned.all:
            say(f"would go: {one.key}, {one.bytes} bytes")
    if as_json:
        gone = [one.key for one in planned.all]
        done = "removed" if apply else "wouldGo"
        show({"kept": planned.kept, done: gone, "bytes": planned.bytes, "locked": list(planned.locked)})
    if planned.unsound:
        raise BackupError(
            "what these need is not known, so packs and log stay", details=planned.unsound,
            change="put back the older version of the object that is whole; it goes once no rule keeps it",
        )  # fmt: skip


@app.command(name="copy")
def copy_set(
    to: Annotated[str, typer.Argument(help="s3://bucket/prefix or a folder, of another machine at best.")],
    which: Annotated[str | None, typer.Option("--set", help="Id; default: the newest.")] = None,
    place: Place = None,
    as_json: Json = False,
) -> None:
    """Copy a set elsewhere, as it lies: sealed, so no key is needed; what is written is compared here and there.

    Afterwards `mlops restore --place THERE` restores it. What a set of the place has is neither copied nor read again:
    `mlops backup verify --stored --place THERE` does that. A folder must have a folder `sets` in it, so that nothing is
    written below the mount point of a disk that is not there. Of the platform's own sets Prometheus is told.

    Example: mlops backup copy elsewhere
    """
    from jobs.backup.copy import copy
    from jobs.backup.gauges import COPY, copy_gauges
    from jobs.backup.sets import Sets
    from jobs.commands.ending import in_order
    from jobs.metrics import push_from_outside

    _environment()
    source, target = Sets.at(place), Sets.at(to)
    entry = source.find(which, None)
    with in_order():
        copied = copy(source, entry, target, progress(as_json))
    if place is None:
        push_from_outside(COPY, copy_gauges(entry))
    if as_json:
        show({"set": entry.id, "place": target.shelf.root, "packs": copied.packs, "bytes": copied.bytes})


@app.command()
def key(
    file: Annotated[Path, typer.Argument(help="Where the secret key goes; what is there is never overwritten.")],
    as_json: Json = False,
) -> None:
    """Make a pair of keys: the secret one into a file, away from the cluster; the public one is printed.

    Example: mlops backup key backup.key
    """
    from jobs.backup.seal import write_key

    public = write_key(file)
    show({"file": str(file), "recipient": public}) if as_json else print(public)


def _row(sets: Any, entry: Entry) -> dict[str, Any]:
    from jobs.backup.errors import BackupError

    try:
        manifest = sets.read(entry)
    except BackupError as error:
        return {"set": entry.id, "problem": error.problem}
    return {
        "set": entry.id, "time": manifest.time, "parent": manifest.parent,
        "rows": sum(one.rows for base in manifest.databases for one in base.tables),
        "objects": sum(len(bucket.objects) for bucket in manifest.buckets),
        "models": len(manifest.models), "bytes": sum(pack.bytes for pack in manifest.packs),
        "recipients": sorted({one for pack in manifest.packs for one in pack.recipients}),
        "wal": {base.name: base.wal for base in manifest.databases},
    }  # fmt: skip


def _last(row: dict[str, Any]) -> str:
    return str(row.get("problem") or row["parent"] or "-")


def _environment() -> None:
    from jobs.settings import use_environment

    use_environment()
