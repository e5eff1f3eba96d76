"""What is worth watching of a server, all at once."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.database.figures import Connections, Database, ages, connections, databases, tables


@dataclass(frozen=True)
class Content:
    """A database that the role may connect to, with the rows of all its tables; `rows` is an estimate."""

    database: Database
    rows: int
    dead: int


@dataclass(frozen=True)
class Measured:
    """`ages` of all databases, also of those that the role may not connect to."""

    contents: tuple[Content, ...]
    ages: dict[str, int]
    connections: Connections


def measure() -> Measured:
    """Takes no lock that anybody waits for. Raises UnreachableError, BackupError."""
    # First, before connections of our own that are just ending would count.
    sessions = connections()
    return Measured(tuple(_content(one) for one in databases()), ages(), sessions)


def _content(database: Database) -> Content:
    found = tables(database.name)
    return Content(database, sum(one.rows for one in found), sum(one.dead for one in found))
