"""`python -m jobs.maintenance.roles [ROLE…]` makes the platform's databases and the roles that log in to them; may run
any number of times.

Roles log in with the password in the file of their name under MLOPS_DATABASE_PASSWORDS, or with IAM tokens where
MLOPS_DATABASE_LOGIN is iam. Without names it makes those that have a password; with tokens, all. Who makes them is told
by `jobs.maintenance.administrator`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jobs.database_login import by_iam
from jobs.errors import ConfigError
from jobs.maintenance.administrator import connect, explained
from jobs.maintenance.database import Server
from jobs.maintenance.program import main

PASSWORDS = "MLOPS_DATABASE_PASSWORDS"
# What a server is asked about itself in; a new one has it, and the other, open to everyone.
ADMINISTRATION = "postgres"
SHARED = (ADMINISTRATION, "template1")


@dataclass(frozen=True)
class Role:
    """A role that logs in, and the database it owns; one without has rights on all of them.

    `rights` and `wishes` are roles that PostgreSQL brings along. Without its wishes it can do a part of its work. One
    that `replicates` follows the log, too, where that is ours to say.
    """

    name: str
    database: str | None = None
    rights: tuple[str, ...] = ()
    wishes: tuple[str, ...] = ()
    replicates: bool = False


ROLES = (
    Role("mlflow", "mlflow"),
    Role("mlflow_auth", "mlflow_auth"),
    Role("optuna", "studies"),
    Role("backup", rights=("pg_read_all_data",), replicates=True),
    # Sees sizes and sessions, vacuums and analyzes, and reads no row. PostgreSQL 16 has no pg_maintain, and whether the
    # master of RDS may give it is not in AWS' manual.
    Role("care", rights=("pg_monitor",), wishes=("pg_maintain",)),
)


def ensure(server: Server, roles: Sequence[Role], passwords: Mapping[str, str]) -> None:
    """Roles that have no password log in with tokens."""
    for role in roles:
        password = passwords.get(role.name)
        print(f"role {role.name}: {server.ensure_role(role.name, password)}", flush=True)
        for right in role.rights:
            server.give(role.name, right)
        for wish in role.wishes:
            if server.may_give(wish):
                server.give(role.name, wish)
            else:
                print(f"role {role.name}: without {wish}, which this server does not have or lets nobody give")
        if role.replicates:
            server.let_replicate(role.name)
        if role.database is not None:
            print(f"database {role.database}: {server.ensure_database(role.database, role.name)}", flush=True)
        server.ask_for_token(role.name, wanted=password is None)
    databases = [role.database for role in ROLES if role.database and server.has_database(role.database)]
    for database in (*databases, *SHARED):
        if not server.close_to_others(database):
            print(f"database {database}: left open, it is not ours", flush=True)
    for role in roles:
        if role.database is None:
            for database in (*databases, ADMINISTRATION):
                server.let_connect(role.name, database)


def wanted_roles(names: Sequence[str]) -> list[Role]:
    """Those named, or all without a name. Raises ConfigError."""
    known = [role.name for role in ROLES]
    if unknown := sorted(set(names) - set(known)):
        raise ConfigError(
            "a role that the platform does not have", given=", ".join(unknown), allowed=", ".join(known),
            change=f"name one of these, or take its file out of the folder {PASSWORDS}",
        )  # fmt: skip
    return [role for role in ROLES if not names or role.name in names]


def read_passwords(names: Sequence[str]) -> dict[str, str]:
    """The password of each named role, or of each that has a file. Raises ConfigError."""
    folder = os.environ.get(PASSWORDS)
    if not folder:
        raise ConfigError(f"{PASSWORDS} is not set", change="give a folder with a file for each role")
    try:
        # Kubernetes keeps what it mounts in folders that start with a dot.
        names = names or [path.name for path in sorted(Path(folder).iterdir()) if not path.name.startswith(".")]
        passwords = {name: (Path(folder) / name).read_text().strip() for name in names}
    except OSError as error:
        raise ConfigError("a password cannot be read", given=error.filename, change="mount its file") from error
    if empty := sorted(name for name in names if not passwords[name]) or not passwords:
        raise ConfigError(
            "a password is missing", given=empty if passwords else f"no file in {folder}",
            change=f"write it into the file of the role's name in the folder {PASSWORDS}",
        )  # fmt: skip
    return passwords


def run(names: Sequence[str]) -> None:
    """Raises MlopsError; what was made before the error stays and is found by the next run."""
    wanted_roles(names)
    passwords = {} if by_iam() else read_passwords(names)
    roles = wanted_roles(names or list(passwords))
    try:
        with connect() as connection:
            ensure(Server(connection), roles, passwords)
    except Exception as error:
        raise explained(error) or error from error


if __name__ == "__main__":
    main(run)
