"""Where certificates are shown, and whom clients trust there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from jobs.errors import ConfigError

# Name of the server → the stack's output with its address, and the variables that go before it.
_SERVERS = (
    ("tracking", "trackingUri", ("MLFLOW_TRACKING_URI",)),
    ("serving", "servingUrl", ("MLOPS_SERVING_URL",)),
    ("store", "storeEndpoint", ("MLFLOW_S3_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3")),
    ("prometheus", "prometheusUrl", ("MLOPS_PROMETHEUS",)),
    ("alertmanager", "alertmanagerUrl", ()),
)
# Files with the authorities of our own servers, as their clients read them.
DATABASE_CA, STORE_CA = "PGSSLROOTCERT", "AWS_CA_BUNDLE"


@dataclass(frozen=True)
class Place:
    """`authority`: whom clients trust there, PEM; None: whom the machine does."""

    name: str
    host: str
    port: int
    authority: str | None = None
    postgres: bool = False

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"


def places(outputs: Mapping[str, Any], environment: Mapping[str, str]) -> Iterator[Place]:
    """Of the addresses that the stack and the environment know, those with TLS. Raises ConfigError."""
    for name, output, variables in _SERVERS:
        given = next((environment[one] for one in variables if environment.get(one)), outputs.get(output))
        found = urlparse(str(given or ""))
        if found.scheme == "https" and found.hostname:
            trusted = authority(outputs, environment, STORE_CA) if name == "store" else None
            yield Place(name, found.hostname, found.port or 443, trusted)
    if database := _database(outputs, environment):
        host, _, port = database.partition(":")
        yield Place("database", host, int(port or 5432), authority(outputs, environment, DATABASE_CA), postgres=True)


def authority(outputs: Mapping[str, Any], environment: Mapping[str, str], variable: str) -> str | None:
    """PEM: the file that the variable names, or else the stack's own authority. Raises ConfigError."""
    if not (file := environment.get(variable)):
        return outputs.get("caCertificate")
    try:
        return Path(file).read_text()
    except (OSError, ValueError) as error:
        raise ConfigError(
            "the file with the authorities cannot be read", given=f"{variable}={file}",
            change=f"set {variable} to a file of certificates; `make up` writes the instance's ca.crt",
        ) from error  # fmt: skip


def _database(outputs: Mapping[str, Any], environment: Mapping[str, str]) -> str | None:
    if host := environment.get("PGHOST"):
        # A socket's folder, or the server in the own pod: nothing is shown there.
        local = host.startswith("/") or environment.get("PGSSLMODE") == "disable"
        return None if local else f"{host}:{environment.get('PGPORT') or 5432}"
    return outputs.get("databaseHost")
