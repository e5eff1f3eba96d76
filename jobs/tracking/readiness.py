"""Is this server able to serve? MLflow's own `/health` is a constant; this asks both databases and the store."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Check = Callable[[], None]

TIMEOUT = 2.0
FRESH = 1.0


@dataclass(frozen=True)
class Verdict:
    """The outcome of every check by name: `ok`, or the kind of its error."""

    checks: Mapping[str, str]

    @property
    def ready(self) -> bool:
        return all(outcome == "ok" for outcome in self.checks.values())


@dataclass
class Readiness:
    """Runs checks side by side, each at most `timeout` seconds, and remembers the verdict for `fresh` seconds."""

    checks: Mapping[str, Check]
    timeout: float = TIMEOUT
    fresh: float = FRESH
    clock: Callable[[], float] = time.monotonic
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _last: tuple[float, Verdict] | None = None

    async def verdict(self) -> Verdict:
        # The lock makes callers that arrive together share one round of checks.
        async with self._lock:
            if self._last is None or self.clock() - self._last[0] > self.fresh:
                outcomes = await asyncio.gather(*(self._outcome(check) for check in self.checks.values()))
                self._last = (self.clock(), Verdict(dict(zip(self.checks, outcomes, strict=True))))
            return self._last[1]

    async def _outcome(self, check: Check) -> str:
        # Only the kind of an error is told: its text may hold addresses and user names.
        try:
            await asyncio.wait_for(asyncio.to_thread(check), self.timeout)
        except TimeoutError:
            return "timeout"
        except Exception as error:
            return type(error).__name__
        return "ok"


def database(uri: str) -> Check:
    """A new connection and one statement: this also notices a server that has no connection left to give."""
    import sqlalchemy
    from sqlalchemy.pool import NullPool

    remote = uri.startswith("postgresql")
    engine = sqlalchemy.create_engine(
        uri,
        poolclass=NullPool,
        connect_args={"connect_timeout": 2, "tcp_user_timeout": 2000, "options": "-c statement_timeout=2000"}
        if remote
        else {},
    )

    def check() -> None:
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text("SELECT 1"))

    return check


def bucket(name: str, endpoint: str | None) -> Check:
    """The bucket of artifacts answers to our credentials."""
    import boto3
    from botocore.config import Config

    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        config=Config(
            connect_timeout=TIMEOUT,
            read_timeout=TIMEOUT,
            retries={"max_attempts": 0},
            s3={"addressing_style": "path"} if endpoint else {},
        ),
    )

    def check() -> None:
        client.head_bucket(Bucket=name)

    return check
