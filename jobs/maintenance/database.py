"""Brings roles and databases of a PostgreSQL server to what is wanted, as a superuser or as the master of RDS."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from jobs.errors import ConfigError

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.sql import Composable

# RDS asks members of this role, which it has made, for a token instead of a password.
BY_TOKEN = "rds_iam"


class Server:
    """Every method may be called any number of times. The connection must commit each statement by itself."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection
        self.user: str = connection.info.user
        self.superuser = connection.info.parameter_status("is_superuser") == "on"
        if self.superuser:
            # A slow ALTER ROLE must not be in the server's log. Who may not say so sends no password either.
            self._run("SET log_min_duration_statement = -1")
            self._run("SET log_min_error_statement = panic")

    def ensure_role(self, role: str, password: str | None) -> str:
        """A role that can log in; what was done: `created` or `updated`."""
        found = self._one("SELECT 1 FROM pg_roles WHERE rolname = %s", role)
        if not found:
            self._run("CREATE ROLE {}", role)
        if password is None:
            self._run("ALTER ROLE {} WITH LOGIN PASSWORD NULL", role)
        else:
            from psycopg.sql import Literal

            # What the server would store of the password, so that it never has the password itself.
            stored = self._connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
            self._run("ALTER ROLE {} WITH LOGIN PASSWORD {}", role, Literal(stored.decode()))
        return "updated" if found else "created"

    def ask_for_token(self, role: str, *, wanted: bool) -> None:
        """Whether the role logs in with tokens. Call it last: see `rights_of`. Raises ConfigError where nobody does."""
        known = self._one("SELECT 1 FROM pg_roles WHERE rolname = %s", BY_TOKEN)
        if wanted and not known:
            raise ConfigError(
                f"this server has no role {BY_TOKEN}: nobody can log in with tokens",
                change="turn on IAM authentication of the RDS instance, or set database.login to password",
            )
        if known and self._one("SELECT pg_has_role(%s, %s, 'MEMBER')", role, BY_TOKEN) != wanted:
            self._run("GRANT {} TO {}" if wanted else "REVOKE {} FROM {}", BY_TOKEN, role)

    def has_database(self, database: str) -> bool:
        return self.owner(database) is not None

    def ensure_database(self, database: str, owner: str) -> str:
        """What was done: `created` or `unchanged`."""
        if self.has_database(database):
            return "unchanged"
        with self.rights_of(owner):
            self._run("CREATE DATABASE {} OWNER {}", database, owner)
        return "created"

    def close_to_others(self, database: str) -> bool:
        """Only its owner, and whom that lets, may connect. False where that is not ours to say."""
        if not self._one("SELECT has_database_privilege('public', %s, 'CONNECT, TEMPORARY')", database):
            return True
        owner = self.owner(database)
        if owner is None or not self.may_be(owner):
            return False
        with self.rights_of(owner):
            self._run("REVOKE ALL ON DATABASE {} FROM PUBLIC", database)
        return True

    def may_give(self, right: str) -> bool:
        """Whether the server has this role, and lets us make others members of it."""
        known = self._one("SELECT 1 FROM pg_roles WHERE rolname = %s", right)
        return bool(known and self._one("SELECT pg_has_role(%s, 'MEMBER WITH ADMIN OPTION')", right))

    def give(self, role: str, right: str) -> None:
        """What members of a role may, in every database that `role` may connect to."""
        self._run("GRANT {} TO {}", right, role)

    def let_replicate(self, role: str) -> None:
        """Follow the log of everything. On RDS nobody does, and its master may not say so."""
        if self.superuser:
            self._run("ALTER ROLE {} REPLICATION", role)

    def let_connect(self, role: str, database: str) -> None:
        owner = self.owner(database)
        if owner and not self._one("SELECT has_database_privilege(%s, %s, 'CONNECT')", role, database):
            with self.rights_of(owner):
                self._run("GRANT CONNECT ON DATABASE {} TO {}", database, role)

    @contextmanager
    def rights_of(self, role: str) -> Iterator[None]:
        """With the rights of a role that we made, for a moment.

        Not for longer: RDS takes no password from whoever is in a role that logs in with tokens. A session that has
        taken the role on (SET ROLE) keeps it.
        """
        if self.superuser or role == self.user:
            yield
            return
        self._run("GRANT {} TO {}", role, self.user)
        try:
            yield
        finally:
            self._run("REVOKE {} FROM {}", role, self.user)

    def may_be(self, role: str) -> bool:
        """Whether `rights_of` is ours to take."""
        if self.superuser or role == self.user:
            return True
        if self._connection.info.server_version < 160000:
            # Who may make roles may be any but a superuser, and is in none of them.
            return bool(self._one(
                "SELECT ours.rolcreaterole AND NOT other.rolsuper FROM pg_roles ours, pg_roles other"
                " WHERE ours.rolname = current_user AND other.rolname = %s", role
            ))  # fmt: skip
        # Who made a role is in it only so far as to let others in.
        return bool(self._one("SELECT pg_has_role(%s, 'MEMBER')", role))

    def owner(self, database: str) -> str | None:
        """None: there is no such database."""
        owner = self._one("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s", database)
        return None if owner is None else str(owner)

    def _one(self, query: str, *values: str) -> Any:
        row = self._connection.execute(query, values).fetchone()
        return None if row is None else row[0]

    def _run(self, statement: str, *parts: str | Composable) -> None:
        """`{}` are names, quoted, or what was composed already."""
        from psycopg.sql import SQL, Identifier

        quoted = [Identifier(part) if isinstance(part, str) else part for part in parts]
        self._connection.execute(SQL(statement).format(*quoted))
