"""How jobs log in to PostgreSQL: as libpq's variables say, or with a token where RDS asks for one."""

from __future__ import annotations

import os

from jobs.errors import ConfigError, explain
from jobs.tracking import iam_login
from jobs.tracking.configuration import ConfigurationError


def by_iam() -> bool:
    """Whether this process logs in with tokens. Raises ConfigError."""
    try:
        return iam_login.by_iam()
    except ConfigurationError as error:
        raise ConfigError(str(error)) from error


def token(role: str | None = None) -> str:
    """The password of `role` (or else of PGUSER) at PGHOST for the next 15 minutes. Raises ConfigError."""
    try:
        host, port = os.environ["PGHOST"], int(os.environ.get("PGPORT", "5432"))
        return iam_login.token(host, port, role or os.environ["PGUSER"])
    except KeyError as error:
        raise ConfigError(
            f"{error.args[0]} is not set", change="a token is for one role at one server: set PGHOST and PGUSER"
        ) from None
    except ConfigurationError as error:
        raise ConfigError(str(error)) from error
    except Exception as error:
        raise explain(error) or error from error


def environment() -> dict[str, str]:
    """Variables for PostgreSQL's own tools: this process's, and a new token where one is asked for."""
    return {**os.environ, "PGPASSWORD": token()} if by_iam() else dict(os.environ)
