"""`python -m jobs.tracking.schema` gives empty databases the schema of this image's MLflow.

Runs alone, before the servers: several replicas must never race to do it at their start. A database with rows of an
older schema is left alone, and the Job fails: migrations lock tables for long, cannot be undone, and servers that are
still there write meanwhile. `mlops tracking upgrade` does that, with what is around it.
"""

from __future__ import annotations

from typing import Any

import mlflow
import sqlalchemy

from jobs.tracking import iam_login
from jobs.tracking.configuration import Configuration


class SchemaError(Exception):
    """The schema is not this MLflow's, and not ours to change."""


def upgrade(configuration: Configuration) -> dict[str, str]:
    """The revision of each database afterwards. Raises SchemaError before anything is changed."""
    found = {
        "tracking": (configuration.backend_uri, "alembic_version", tracking_head(), migrate_tracking),
        "auth": (configuration.auth_uri, "alembic_version_auth", auth_head(), migrate_auth),
    }
    for database, (uri, table, head, _) in found.items():
        if (revision := older(uri, table, head)) is not None:
            raise SchemaError(
                f"the {database} database has rows, and the schema of another MLflow: {revision}; this one "
                f"({mlflow.__version__}) wants {head}. Nothing was changed and the servers go on. "
                "Run `mlops tracking upgrade` in the new checkout: it brings the new schema and the new servers"
            )
    for uri, _, _, migrate in found.values():
        migrate(uri)
    return {database: head for database, (_, _, head, _) in found.items()}


def migrate_tracking(uri: str) -> None:
    """What `mlflow db upgrade` does, which as a command would take the database's password as an argument."""
    from mlflow.db import upgrade as command

    assert command.callback is not None
    command.callback(uri)


def migrate_auth(uri: str) -> None:
    """What `python -m mlflow.server.auth db upgrade` does."""
    from mlflow.server.auth.db.cli import upgrade as command

    assert command.callback is not None
    command.callback(uri, "head")


def tracking_head() -> str:
    """The revision that this MLflow wants of the database of runs and models."""
    return str(_tracking_scripts().get_current_head())


def auth_head() -> str:
    """The one of the database of users."""
    return str(_auth_scripts().get_current_head())


def tracking_knows(revision: str) -> bool:
    """Whether this MLflow can begin there."""
    return _knows(_tracking_scripts(), revision)


def auth_knows(revision: str) -> bool:
    return _knows(_auth_scripts(), revision)


def older(uri: str, table: str, head: str) -> str | None:
    """The revision, in words, of a database that has rows and another revision than `head`."""
    engine = sqlalchemy.create_engine(uri)
    try:
        with engine.connect() as connection:
            names = sqlalchemy.inspect(connection).get_table_names()
            if table in names:
                revision = connection.execute(sqlalchemy.text(f"SELECT version_num FROM {table}")).scalar()
                return None if revision == head else str(revision)
            quoted = engine.dialect.identifier_preparer.quote
            rows = any(connection.execute(sqlalchemy.text(f"SELECT 1 FROM {quoted(name)} LIMIT 1")).first()
                       for name in names)  # fmt: skip
            return "none" if rows else None
    finally:
        engine.dispose()


def _tracking_scripts() -> Any:
    from alembic.script import ScriptDirectory
    from mlflow.store.db.utils import _get_alembic_config

    return ScriptDirectory.from_config(_get_alembic_config("sqlite://"))  # type: ignore[no-untyped-call]


def _auth_scripts() -> Any:
    from alembic.script import ScriptDirectory
    from mlflow.server.auth.db.utils import _get_alembic_config

    return ScriptDirectory.from_config(_get_alembic_config("sqlite://"))


def _knows(scripts: Any, revision: str) -> bool:
    from alembic.util import CommandError

    try:
        return scripts.get_revision(revision) is not None
    except CommandError:
        return False


def main() -> None:
    print(f"MLflow {mlflow.__version__}", flush=True)
    iam_login.install()
    for database, revision in upgrade(Configuration.read()).items():
        print(f"{database} database at revision {revision}", flush=True)


if __name__ == "__main__":
    main()
