"""Optuna's own tables, so that its other storages, command line and dashboard read the same studies."""

from __future__ import annotations

from jobs.tuning.postgres.connection import Connection, Session

# Of all who look whether the tables are there, one makes them.
LOCK = 0x6D6C6F7073


def ensure(connection: Connection) -> None:
    """Makes the tables where they are missing; any number of workers may ask at the same moment."""
    if not connection.run(_is_made):
        connection.run(lambda session: _make(session, connection.url))


def _is_made(session: Session) -> bool:
    row = session.execute("SELECT to_regclass('trials_study_number') IS NOT NULL").fetchone()
    return bool(row and row[0])


def _make(session: Session, url: str) -> None:
    session.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
    try:
        if not _is_made(session):
            _make_tables(url)
            # Optuna counts all trials of the study for the next number; here the index tells it, and keeps it unique.
            session.execute("CREATE UNIQUE INDEX trials_study_number ON trials (study_id, number)")
    finally:
        session.execute("SELECT pg_advisory_unlock(%s)", (LOCK,))


def _make_tables(url: str) -> None:
    from optuna.storages import RDBStorage
    from sqlalchemy.pool import NullPool

    from jobs.tracking import iam_login

    iam_login.install()
    storage = RDBStorage(alchemy(url), engine_kwargs={"poolclass": NullPool})
    storage.engine.dispose()


def alchemy(url: str) -> str:
    """The same address with the driver that SQLAlchemy must use."""
    return "postgresql+psycopg://" + url.split("://", 1)[1]
