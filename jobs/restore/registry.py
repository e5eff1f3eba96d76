"""The registry of models: alone into MLflow's database, and its proof after any restore."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from jobs.backup.databases import models, revision_of
from jobs.backup.errors import OTHER_SET, BackupError
from jobs.backup.manifest import Database, Model
from jobs.errors import MlopsError
from jobs.restore.addresses import rewrite
from jobs.restore.admin import Admin
from jobs.restore.databases import compare
from jobs.restore.reader import Reader
from jobs.restore.target import registry_tables

if TYPE_CHECKING:
    from psycopg import Connection

Say = Callable[[str], None]
# Address and digest of a bundle; raises MlopsError unless it loads.
Loads = Callable[[str, str], object]


def has_models(admin: Admin, name: str) -> bool:
    with admin.inside(name) as connection:
        return bool(connection.execute("SELECT 1 FROM registered_models LIMIT 1").fetchone())


def put_back(
    admin: Admin, name: str, database: Database, reader: Reader, renamed: Mapping[str, str],
    wanted: tuple[Model, ...], say: Say,
) -> None:  # fmt: skip
    """The set's registry in place of what is there, or no change at all: it is one transaction. Raises BackupError."""
    tables = registry_tables(database)
    with admin.inside(name) as connection, connection.transaction():
        if (there := revision_of(connection)) != database.revision:
            raise BackupError(
                "the database has another schema than the set", given=there, allowed=database.revision,
                change="restore the whole database with --only database --replace, then upgrade it",
            )  # fmt: skip
        connection.execute(f"TRUNCATE {', '.join(tables)}".encode())
        found = tuple(
            sorted((one for one in database.tables if one.name in tables), key=lambda one: tables.index(one.name))
        )
        for table in found:
            columns = ", ".join(f'"{column}"' for column in table.columns)
            with (
                connection.cursor() as cursor,
                cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN".encode()) as copy,
            ):
                for piece in reader.stream(table.content):
                    copy.write(piece)
        compare(connection, found)
        rewrite(connection, renamed, tables)
        prove(connection, wanted, say)


def prove(connection: Connection[Any], wanted: tuple[Model, ...], say: Say, loads: Loads | None = None) -> None:
    """Aliases name the versions that they named, and their bundles load: from the store, or by `loads`.

    Raises BackupError.
    """
    from jobs.registry.versions import verify_artifacts

    loads = loads or verify_artifacts
    there = {model.name: model for model in models(connection)}
    for model in wanted:
        found = there.get(model.name)
        if found is None or found.aliases != model.aliases:
            raise BackupError(
                f"the aliases of {model.name} are not the set's",
                given=found.aliases if found else "no such model", allowed=model.aliases,
                change=f"nothing was swapped in; {OTHER_SET}",
            )  # fmt: skip
        for alias, number in sorted(model.aliases.items()):
            version = next(one for one in found.versions if one.version == number)
            if version.bundle is None:
                say(f"{model.name}@{alias}: version {number} has no bundle; nothing to prove")
                continue
            try:
                loads(version.source, version.bundle)
            except MlopsError as error:
                raise BackupError(
                    f"{model.name}@{alias} would not serve; nothing was swapped in",
                    given=f"version {number}: {error.problem}",
                    change="restore the artifacts, too", details=(version.source,),
                ) from error  # fmt: skip
            say(f"{model.name}@{alias}: version {number}, bundle {version.bundle[:12]} loads from {version.source}")
