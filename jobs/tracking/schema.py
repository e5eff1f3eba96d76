"""`python -m jobs.tracking.schema` brings both databases to the schema of this image's MLflow.

Runs alone, before the servers: MLflow's migrations may lock tables for long and are not all transactional, so several
replicas must never race to do it at their start.
"""

from __future__ import annotations

import mlflow
import sqlalchemy

from jobs.tracking import iam_login
from jobs.tracking.configuration import Configuration


def upgrade(configuration: Configuration) -> dict[str, str]:
    """The revision of each database after the upgrade; an empty database gets the whole schema."""
    from mlflow.db import upgrade as tracking
    from mlflow.server.auth.db.cli import upgrade as auth

    # The functions behind `mlflow db upgrade` and `python -m mlflow.server.auth db upgrade`: as commands they would
    # take the database's password as an argument.
    assert tracking.callback is not None
    assert auth.callback is not None
    tracking.callback(configuration.backend_uri)
    auth.callback(configuration.auth_uri, "head")
    return {
        "tracking": _revision(configuration.backend_uri, "alembic_version"),
        "auth": _revision(configuration.auth_uri, "alembic_version_auth"),
    }


def _revision(uri: str, table: str) -> str:
    engine = sqlalchemy.create_engine(uri)
    try:
        with engine.connect() as connection:
            return str(connection.execute(sqlalchemy.text(f"SELECT version_num FROM {table}")).scalar_one())
    finally:
        engine.dispose()


def main() -> None:
    print(f"MLflow {mlflow.__version__}", flush=True)
    iam_login.install()
    for database, revision in upgrade(Configuration.read()).items():
        print(f"{database} database at revision {revision}", flush=True)


if __name__ == "__main__":
    main()
