"""One connection to PostgreSQL that logs in by itself, is used by one thread at a time and survives a restart."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg

from jobs import database_login
from jobs.errors import UnreachableError

Answer = TypeVar("Answer")
Session = psycopg.Connection[Any]

# How long a worker bears a server that restarts or fails over.
PATIENCE_SECONDS = 60.0
# Statements are few and always the same: each is planned once.
PREPARE_AFTER = 0


class Connection:
    """Autocommit; opened when first used. Given to another process, it opens its own there."""

    def __init__(self, url: str) -> None:
        """`url` is a connection string of libpq, without a password where tokens are asked for."""
        self.url = url
        self._lock = threading.RLock()
        self._session: Session | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {"url": self.url}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["url"])  # type: ignore[misc]

    def run(self, work: Callable[[Session], Answer]) -> Answer:
        """What `work` answers; done again on a new connection when the server went away under it.

        Its statements must bear being run twice. Raises UnreachableError after a minute without a server.
        """
        with self._lock:
            give_up = time.monotonic() + PATIENCE_SECONDS
            pause = 0.1
            while True:
                try:
                    return work(self._open())
                except psycopg.OperationalError as error:
                    if self._session is not None and not self._session.closed:
                        raise
                    never_connected = self._session is None
                    if never_connected or time.monotonic() > give_up:
                        raise UnreachableError(
                            "PostgreSQL does not answer",
                            given=str(error).strip()[:400],
                            change="look at `mlops health`",
                        ) from error
                    time.sleep(pause)
                    pause = min(2 * pause, 5.0)

    def close(self) -> None:
        with self._lock:
            if self._session is not None:
                self._session.close()
                self._session = None

    def _open(self) -> Session:
        if self._session is None or self._session.closed:
            options: dict[str, Any] = {"password": database_login.token()} if database_login.by_iam() else {}
            session = psycopg.connect(self.url, autocommit=True, connect_timeout=10, **options)
            session.prepare_threshold = PREPARE_AFTER
            self._session = session
        return self._session


@contextmanager
def transaction(session: Session, *, durable: bool) -> Iterator[None]:
    """Statements of one transaction, sent without waiting for each answer.

    Not durable means that the server acknowledges before its disk does; what comes later on the disk comes after it.
    """
    with session.pipeline(), session.transaction():
        if not durable:
            session.execute("SET LOCAL synchronous_commit = off")
        yield
