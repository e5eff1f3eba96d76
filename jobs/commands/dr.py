"""`mlops dr`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jobs.commands.backup import Identity, Place
from jobs.commands.output import Json, progress, show, writing

app = typer.Typer(help="Prove that a loss can be undone.", no_args_is_help=True)

Experiment = Annotated[str, typer.Option(help="Whose runs they are.")]


@app.callback()
def group() -> None:
    """Prove that a loss can be undone."""


@app.command()
def drill(
    which: Annotated[str | None, typer.Option("--set", help="Id; default: the newest.")] = None,
    identity: Identity = None,
    place: Place = None,
    as_json: Json = False,
) -> None:
    """Bring the newest set back into databases `drill_…`, compare, load the champion out of it, remove them again.

    PG* variables say on which server, as a role that may make databases; without PGHOST it is the instance of this
    machine. Nothing of the platform is touched. A loss of everything is drilled by `make drill`.

    Example: mlops dr drill
    """
    from jobs.backup.errors import BackupError
    from jobs.backup.seal import Opener, identities
    from jobs.backup.sets import Sets
    from jobs.commands.ending import in_order
    from jobs.drill.drill import drill as bring_back
    from jobs.drill.gauges import JOB, gauges
    from jobs.errors import BundleError
    from jobs.metrics import push
    from jobs.settings import use_database, use_environment

    use_database()
    use_environment()
    try:
        sets = Sets.at(place)
        with in_order():
            drilled = bring_back(sets, sets.find(which, None), Opener(identities(identity)), progress(as_json))
    except (BackupError, BundleError):
        # Of the set nothing is known when server or store were away: the last good drill then gets too old.
        push(JOB, gauges(None), keep=True)
        raise
    push(JOB, gauges(drilled))
    seconds = {name: round(value, 2) for name, value in drilled.seconds.items()}
    if as_json:
        show(
            {
                "set": drilled.entry.id, "age": round(drilled.age), "rows": drilled.rows, "objects": drilled.objects,
                "bytes": drilled.bytes, "seconds": seconds,
            }
        )  # fmt: skip
        return
    taken = ", ".join(f"{name} {value} s" for name, value in seconds.items())
    print(f"set {drilled.entry.id} would come back: {drilled.rows} rows, {drilled.objects} objects ({taken})")


@app.command()
def load(
    journal: Annotated[Path, typer.Argument(help="File for what was acknowledged; lines are added to it.")],
    runs: Annotated[int, typer.Option(min=1)] = 100,
    megabytes: Annotated[int, typer.Option(min=0, help="Of files, spread over the runs.")] = 1,
    first: Annotated[int, typer.Option(min=0, help="Number of the first run: each has figures of its own.")] = 0,
    writers: Annotated[int, typer.Option(min=1, max=64)] = 8,
    experiment: Experiment = "drill",
    as_json: Json = False,
) -> None:
    """Write runs with figures and files through MLflow's client, and down what the platform has acknowledged.

    Example: mlops dr load journal.jsonl --runs 20 --megabytes 1
    """
    from jobs.commands.ending import in_order
    from jobs.drill.journal import Journal
    from jobs.drill.load import Amount
    from jobs.drill.load import load as write
    from jobs.settings import use_environment

    use_environment()
    with writing(journal), in_order(), Journal(journal) as opened:
        done = write(experiment, Amount(runs, megabytes * 1024 * 1024, first), opened, writers, progress(as_json))
    show({"runs": done}) if as_json else print(f"{done} runs are written")


@app.command()
def check(
    journal: Annotated[Path, typer.Argument(help="What `mlops dr load` wrote.")],
    until: Annotated[
        str | None, typer.Option(help="Nothing that was acknowledged before this time may be missing.")
    ] = None,
    experiment: Experiment = "drill",
    as_json: Json = False,
) -> None:
    """Look for every run and file of a journal; exit code 1 when one is wrong, or missing that must be there.

    Example: mlops dr check journal.jsonl
    """
    from jobs.datasets.moment import parse_time
    from jobs.drill.check import check as look
    from jobs.drill.journal import read
    from jobs.settings import use_environment

    use_environment()
    writes = read(journal)
    limit = parse_time(until).timestamp() if until else float("inf")
    found = look(experiment, writes)
    missing = found.missing_before(limit)
    if as_json:
        show(
            {
                "writes": len(writes), "lost": len(found.lost), "filesLost": len(found.files),
                "seconds": round(found.seconds, 3), "missing": missing, "wrong": found.wrong,
            }
        )  # fmt: skip
    else:
        print(f"{len(writes)} writes were acknowledged, {len(found.lost)} runs and {len(found.files)} files are lost")
        print(f"they are of the last {found.seconds:.1f} s")
        for line in (*found.wrong, *(f"run {run}: missing" for run in missing[:20])):
            print(line)
    raise typer.Exit(1 if found.wrong or missing else 0)


@app.command()
def inventory(
    file: Annotated[Path, typer.Argument(help="Where it goes.")],
    database: Annotated[list[str] | None, typer.Option(help="Repeatable; default: those of a set.")] = None,
    as_json: Json = False,
) -> None:
    """Write down a digest of every table and of every object that belongs to a set.

    Example: mlops dr inventory before.json
    """
    from jobs.backup.buckets import PURPOSES
    from jobs.backup.databases import DATABASES
    from jobs.drill.inventory import take
    from jobs.places import bucket
    from jobs.settings import use_database, use_environment

    use_database()
    use_environment()
    taken = take(database or DATABASES, [bucket(purpose) for purpose in PURPOSES])
    with writing(file):
        file.write_text(taken.model_dump_json(indent=0))
    show({"file": str(file), "found": taken.counts}) if as_json else print(taken.counts)


@app.command()
def compare(
    before: Annotated[Path, typer.Argument(help="What `mlops dr inventory` wrote.")],
    after: Annotated[Path, typer.Argument(help="What it wrote later.")],
    as_json: Json = False,
) -> None:
    """Tell every table and object in which two inventories differ; exit code 1 when one does.

    Example: mlops dr compare before.json after.json
    """
    from jobs.drill.inventory import read

    old, new = read(before), read(after)
    found = old.differences(new)
    if as_json:
        show({"compared": old.counts, "differences": found})
    else:
        for line in found:
            print(line)
        print(f"{old.counts} compared, {len(found)} differ")
    raise typer.Exit(1 if found else 0)
