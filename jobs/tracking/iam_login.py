"""PostgreSQL without passwords: RDS takes a token of 15 minutes, signed for one server and one role by who connects.

MLflow knows nothing of it. SQLAlchemy asks its listeners before every new connection, so a token is made then and
stands in no setting, file or address; a connection that is open stays so when its token ends.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from jobs.tracking.configuration import ConfigurationError

LOGIN = "MLOPS_DATABASE_LOGIN"


def by_iam() -> bool:
    """Whether this process logs in to PostgreSQL with tokens. Raises ConfigurationError."""
    given = os.environ.get(LOGIN, "password")
    if given not in ("iam", "password"):
        raise ConfigurationError(f"{LOGIN} is {given!r}: give iam or password")
    return given == "iam"


def token(host: str, port: int, role: str) -> str:
    """What RDS takes as the password of `role`; signed here, without a request."""
    return str(_client().generate_db_auth_token(DBHostname=host, Port=port, DBUsername=role))


def install() -> None:
    """Makes every SQLAlchemy engine of this process log in with tokens, if that is what is wanted.

    For engines on PostgreSQL whoever makes them: MLflow's two stores, its migrations, the check of readiness.
    """
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    if by_iam() and not event.contains(Engine, "do_connect", _log_in):
        _client()  # A missing region is told now and not with the first connection.
        event.listen(Engine, "do_connect", _log_in)


def _log_in(dialect: Any, _record: Any, _arguments: list[Any], parameters: dict[str, Any]) -> None:
    if dialect.name == "postgresql":
        # What an address leaves out, libpq takes from these variables.
        host = parameters.get("host") or os.environ.get("PGHOST", "")
        port = int(parameters.get("port") or os.environ.get("PGPORT", "5432"))
        parameters["password"] = token(host, port, parameters.get("user") or os.environ.get("PGUSER", ""))


@cache
def _client() -> Any:
    import boto3

    # boto3 reads the latter only; EKS sets both for pods with an identity.
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not region:
        raise ConfigurationError(f"AWS_REGION is not set: {LOGIN}=iam needs the database's region")
    return boto3.client("rds", region_name=region)
