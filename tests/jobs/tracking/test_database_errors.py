"""Errors of PostgreSQL are counted in MLflow's server, and answers of PostgreSQL are not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
import sqlalchemy
from prometheus_client import REGISTRY
from sqlalchemy import exc

from jobs.tracking import database_errors
from jobs.tracking.readiness import database
from tests.jobs.support import free_port
from tests.support.postgres import Server


@pytest.fixture(scope="module")
def counted() -> Callable[[], float]:
    database_errors.install()
    return lambda: REGISTRY.get_sample_value(f"{database_errors.NAME}_total") or 0.0


@pytest.fixture
def engine(postgres: Server) -> Iterator[sqlalchemy.Engine]:
    engine = sqlalchemy.create_engine(f"postgresql+psycopg://postgres@127.0.0.1:{postgres.port}/postgres")
    yield engine
    engine.dispose()


def test_a_session_that_the_server_ends_is_counted(
    counted: Callable[[], float], engine: sqlalchemy.Engine, postgres: Server
) -> None:
    with suppress(exc.OperationalError), engine.connect() as connection:
        pid = connection.scalar(sqlalchemy.text("SELECT pg_backend_pid()"))
        before = counted()
        postgres.ask(f"SELECT pg_terminate_backend({pid})")
        connection.execute(sqlalchemy.text("SELECT 1"))

    assert counted() == before + 1


def test_readiness_counts_a_server_that_is_not_there(counted: Callable[[], float]) -> None:
    before = counted()

    with pytest.raises(exc.OperationalError):
        database(f"postgresql+psycopg://postgres@127.0.0.1:{free_port()}/postgres")()

    assert counted() == before + 1


def test_what_a_statement_brings_on_itself_is_not_counted(
    counted: Callable[[], float], engine: sqlalchemy.Engine
) -> None:
    before = counted()

    with engine.connect() as connection:
        connection.execute(sqlalchemy.text("CREATE TEMPORARY TABLE taken (name text PRIMARY KEY)"))
        connection.execute(sqlalchemy.text("INSERT INTO taken VALUES ('a')"))
        with pytest.raises(exc.IntegrityError):
            connection.execute(sqlalchemy.text("INSERT INTO taken VALUES ('a')"))
    with engine.connect() as connection, pytest.raises(exc.ProgrammingError):
        connection.execute(sqlalchemy.text("SELECT * FROM nowhere"))

    assert counted() == before
