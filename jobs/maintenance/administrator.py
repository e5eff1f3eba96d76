"""Who makes databases and roles: PGUSER, or the login in a secret of AWS Secrets Manager."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from jobs.database_login import by_iam, token
from jobs.errors import ConfigError, MlopsError, UnreachableError, explain

if TYPE_CHECKING:
    from psycopg import Connection

SECRET = "MLOPS_DATABASE_ADMIN_SECRET"


def connect() -> Connection[Any]:
    """A connection to PGHOST that commits each statement. Raises ConfigError, UnreachableError."""
    import psycopg

    secret = os.environ.get(SECRET)
    if not secret:
        return _connect(None, token() if by_iam() else None)
    user, password = _read(secret)
    try:
        return _connect(user, password)
    except psycopg.OperationalError as error:
        # RDS takes no password from whoever is in a role that logs in with tokens, even if it is only as who made it.
        if not by_iam() or "authentication failed" not in str(error):
            raise
        return _connect(user, token(user))


def explained(error: Exception) -> MlopsError | None:
    """The taught form of an error of PostgreSQL or AWS."""
    import psycopg

    if isinstance(error, psycopg.OperationalError):
        return UnreachableError(
            "the database does not let us in", given=str(error).strip(), change=f"look at PGHOST, PGUSER and {SECRET}"
        )
    if isinstance(error, psycopg.Error):
        return MlopsError(
            "the database refused", given=str(error).strip(),
            change=f"PGUSER, or the login in {SECRET}, must be allowed to make databases and roles",
        )  # fmt: skip
    return explain(error)


def _connect(user: str | None, password: str | None) -> Connection[Any]:
    import psycopg

    # What is None comes from libpq's variables, as does everything else.
    database = os.environ.get("PGDATABASE", "postgres")
    return psycopg.connect(user=user, password=password, dbname=database, connect_timeout=10, autocommit=True)


def _read(secret: str) -> tuple[str, str]:
    import boto3

    parts = secret.split(":")
    if len(parts) < 7 or parts[2] != "secretsmanager":
        raise ConfigError(
            f"{SECRET} is not a secret", given=secret, allowed="the ARN of a secret",
            change=f"set {SECRET} to that of AWS Secrets Manager, or leave it out and log in as PGUSER",
        )  # fmt: skip
    answer = boto3.client("secretsmanager", region_name=parts[3]).get_secret_value(SecretId=secret)
    try:
        login = json.loads(answer["SecretString"])
        return str(login["username"]), str(login["password"])
    except (KeyError, TypeError, ValueError):
        # Without the cause: its text may hold the secret.
        raise ConfigError(
            "the secret holds no login", given=secret, allowed='{"username": "…", "password": "…"}',
            change=f"write both into it, or set {SECRET} to the database's own",
        ) from None  # fmt: skip
