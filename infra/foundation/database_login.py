"""How one role gets into one database of PostgreSQL, wherever the server is."""

from dataclasses import dataclass

import pulumi

from infra.foundation.access import CA_FILE, Access
from infra.foundation.addresses import Reach


@dataclass(frozen=True)
class DatabaseLogin:
    """Without a password the role logs in with an IAM token, made anew for each connection by who connects.

    TLS always, and the server must prove its name by `ca_certificate`.
    """

    host: pulumi.Input[str]
    port: int
    user: str
    database: str
    password: pulumi.Input[str] | None
    ca_certificate: pulumi.Input[str]
    reach: Reach

    def uri(self, ca_file: str) -> pulumi.Output[str]:
        """For SQLAlchemy. The driver is named: its own choice for `postgresql://` changes between versions."""
        user: pulumi.Input[str] = self.user
        if self.password is not None:
            user = pulumi.Output.format("{0}:{1}", self.user, self.password)
        return pulumi.Output.format(
            "postgresql+psycopg://{0}@{1}:{2}/{3}?sslmode=verify-full&sslrootcert={4}",
            user, self.host, str(self.port), self.database, ca_file,
        )  # fmt: skip

    @property
    def env(self) -> dict[str, str]:
        """What tells a process to make tokens."""
        return {} if self.password is not None else {"MLOPS_DATABASE_LOGIN": "iam"}

    def address_access(self, variable: str) -> Access:
        """For programs that read SQLAlchemy's address from a variable."""
        return Access(
            plain=self.env,
            hidden={variable: self.uri(CA_FILE)},
            ca_certificate=self.ca_certificate,
            reaches=(self.reach,),
        )

    def access(self) -> Access:
        """For programs that read libpq's own variables."""
        return Access(
            plain={
                "PGHOST": self.host,
                "PGPORT": str(self.port),
                "PGUSER": self.user,
                "PGSSLMODE": "verify-full",
                "PGSSLROOTCERT": CA_FILE,
                **self.env,
            },
            hidden={} if self.password is None else {"PGPASSWORD": self.password},
            ca_certificate=self.ca_certificate,
            reaches=(self.reach,),
        )
