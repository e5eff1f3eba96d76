"""`mlops db`: care of PostgreSQL."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.commands.output import Json, progress, show, table

if TYPE_CHECKING:
    from jobs.database.figures import Database

app = typer.Typer(
    help="Sizes, indexes, connections and vacuum of PostgreSQL; server and role come from PG*, or are the instance's.",
    no_args_is_help=True,
)

Databases = Annotated[list[str] | None, typer.Option("--database", help="Only this one; may be given again.")]
Limit = Annotated[int, typer.Option(min=1, help="The largest so many.")]
# Of the connections that others than superusers may have.
FULL = 0.9
MIB = 1024 * 1024


@app.command()
def sizes(database: Databases = None, limit: Limit = 20, as_json: Json = False) -> None:
    """Show how large databases and tables are, their dead rows, and when they were last vacuumed.

    Example: mlops db sizes --limit 5
    """
    from jobs.database.figures import FREEZE_AT, tables

    found = _databases(database)
    largest = sorted((one for base in found for one in tables(base.name)), key=lambda one: -one.bytes - one.index_bytes)
    if as_json:
        show({"databases": [asdict(one) for one in found], "tables": [asdict(one) for one in largest[:limit]]})
        return
    table(
        ["database", "size", "age of its oldest row"],
        [[one.name, _size(one.bytes), f"{one.age / FREEZE_AT:.0%} of the way to a forced freeze"] for one in found],
    )
    print()
    table(
        ["database", "table", "size", "indexes", "rows", "dead", "vacuumed", "analyzed"],
        [
            [one.database, one.name, _size(one.bytes), _size(one.index_bytes), one.rows, one.dead,
             one.vacuumed or "never", one.analyzed or "never"]
            for one in largest[:limit]
        ],
    )  # fmt: skip


@app.command()
def indexes(database: Databases = None, limit: Limit = 20, as_json: Json = False) -> None:
    """Show the largest indexes, and all that are invalid, double or never used.

    Example: mlops db indexes --limit 5
    """
    from jobs.database.figures import indexes as of_database

    found = sorted((one for base in _databases(database) for one in of_database(base.name)), key=lambda one: -one.bytes)
    shown = [one for place, one in enumerate(found) if place < limit or (one.note and one.note != "never used")]
    if as_json:
        show([asdict(one) | {"note": one.note} for one in shown])
        return
    table(
        ["database", "table", "index", "size", "scans", "note"],
        [[one.database, one.table, one.name, _size(one.bytes), one.scans, one.note] for one in shown],
    )


@app.command()
def connections(as_json: Json = False) -> None:
    """Show who is connected, for how long, and who waits for a lock; exit 1 when there is hardly room for more.

    Example: mlops db connections
    """
    from jobs.database.figures import connections as of_server
    from jobs.settings import use_database

    use_database()
    found = of_server()
    full = found.used >= FULL * found.room
    if as_json:
        show(
            {"used": found.used, "room": found.room, "full": full, "sessions": [asdict(one) for one in found.sessions]}
        )
    else:
        table(
            ["database", "role", "state", "connections", "oldest transaction", "blocked"],
            [
                [one.database, one.role, one.state, one.count, f"{one.oldest:.0f} s", one.blocked]
                for one in found.sessions
            ],
        )
        print(f"{found.used} of {found.room} connections, {found.blocked} of them wait for a lock")
    raise typer.Exit(1 if full else 0)


@app.command()
def vacuum(database: Databases = None, as_json: Json = False) -> None:
    """Vacuum and analyze every table that the role may; exit 1 when somebody kept one locked.

    Example: mlops db vacuum --database mlflow
    """
    from jobs.database.gauges import CARE, vacuum_gauges
    from jobs.database.vacuum import LOCKED
    from jobs.database.vacuum import vacuum as of_database
    from jobs.metrics import push

    found = _databases(database)
    say = progress(as_json)
    done = [one for base in found for one in of_database(base.name, say)]
    left_out = [one for one in done if one.left_out]
    if not database:
        push(CARE, vacuum_gauges(done, time.time()))
    if as_json:
        show([asdict(one) for one in done])
    else:
        freed = sum(one.before - one.after for one in done)
        print(
            f"{len(done) - len(left_out)} tables vacuumed and analyzed in {sum(one.seconds for one in done):.1f} s,"
            f" {sum(one.dead for one in done if not one.left_out)} dead rows, {_size(max(freed, 0))} given back,"
            f" {len(left_out)} left out"
        )
    raise typer.Exit(1 if any(one.left_out == LOCKED for one in done) else 0)


@app.command()
def measure(as_json: Json = False) -> None:
    """Measure sizes, dead rows, ages and connections, and push them to the gateway of MLOPS_PUSHGATEWAY if it is set.

    Example: mlops db measure
    """
    from jobs.database.figures import FREEZE_AT
    from jobs.database.gauges import JOB, gauges
    from jobs.database.measure import measure as of_server
    from jobs.metrics import push
    from jobs.settings import use_database

    use_database()
    found = of_server()
    pushed = push(JOB, gauges(found, time.time()))
    sessions, oldest = found.connections, max(found.ages, key=lambda name: found.ages[name])
    if as_json:
        show({
            "databases": [asdict(one.database) | {"rows": one.rows, "dead": one.dead} for one in found.contents],
            "ages": found.ages,
            "connections": {"used": sessions.used, "room": sessions.room, "blocked": sessions.blocked},
            "oldest_transaction": sessions.oldest, "pushed": pushed,
        })  # fmt: skip
        return
    table(
        ["database", "size", "rows", "dead"],
        [[one.database.name, _size(one.database.bytes), one.rows, one.dead] for one in found.contents],
    )
    print(f"oldest row: in {oldest}, {found.ages[oldest] / FREEZE_AT:.0%} of the way to a forced freeze")
    print(
        f"{sessions.used} of {sessions.room} connections, {sessions.blocked} of them wait for a lock,"
        f" the oldest transaction has been open for {sessions.oldest:.0f} s{', pushed' if pushed else ''}"
    )


def _databases(names: list[str] | None) -> list[Database]:
    from jobs.database.figures import databases
    from jobs.errors import ConfigError
    from jobs.settings import use_database

    use_database()
    found = databases(names or ())
    if missing := sorted(set(names or ()) - {one.name for one in found}):
        raise ConfigError(
            "a database that is not there, or that this role may not connect to", given=", ".join(missing),
            allowed=", ".join(one.name for one in databases()),
        )  # fmt: skip
    return found


def _size(count: int) -> str:
    return f"{count / MIB:.1f} MiB"
