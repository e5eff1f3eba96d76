"""A real PostgreSQL and a real store with certificates of one authority."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.cluster.pki import Authority
from tests.support import postgres as postgresql
from tests.support import store as storage


@dataclass(frozen=True)
class Servers:
    """Both are reached at 127.0.0.1, which their certificates name."""

    database: int
    store: int
    authority: str
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """What the stack gives to a Job that reaches both."""
        file = self.folder / "ca.crt"
        file.write_text(self.authority)
        return {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.database),
            "PGSSLROOTCERT": str(file),
            "MLFLOW_S3_ENDPOINT_URL": f"https://127.0.0.1:{self.store}",
            "AWS_CA_BUNDLE": str(file),
        }


@pytest.fixture(scope="module")
def servers(postgres_programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder = tmp_path_factory.mktemp("servers")
    (folder / "store").mkdir()
    store = storage.Server(folder / "store", scheme="https")
    options = storage.tls(folder / "store")
    authority = Authority.create("mlops-platform")
    settings = postgresql.QUICK | postgresql.tls(folder, authority.issue("postgres", hosts=["127.0.0.1"]))
    trusted = authority.pair.certificate.decode() + (folder / "store" / "ca.crt").read_text()
    with (
        storage.running(store, *options),
        postgresql.server(postgres_programs, folder / "data", settings=settings) as database,
    ):
        yield Servers(database.port, store.port, trusted, folder)
