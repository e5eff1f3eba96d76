"""Errors that this server gets from PostgreSQL, counted where they arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.engine import ExceptionContext

NAME = "mlops_tracking_database_errors"


def install() -> None:
    """Counts them for every SQLAlchemy engine of this process: MLflow's two stores and the check of readiness.

    Not errors that a statement brings on itself, such as a name that is taken already: those are answers.
    """
    from prometheus_client import Counter
    from sqlalchemy import event, exc
    from sqlalchemy.engine import Engine

    counter = Counter(NAME, "Connections lost or refused and statements that PostgreSQL could not carry out.")
    # What the server or the way to it did; a lost deadlock and a full disk are among them.
    theirs = (exc.OperationalError, exc.InterfaceError, exc.InternalError)

    def count(context: ExceptionContext) -> None:
        if isinstance(context.sqlalchemy_exception, theirs):
            counter.inc()

    event.listen(Engine, "handle_error", count)
