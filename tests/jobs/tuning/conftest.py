from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import postgres as postgresql


@pytest.fixture(scope="session")
def studies_server(postgres_programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[postgresql.Server]:
    with postgresql.server(postgres_programs, tmp_path_factory.mktemp("studies") / "postgres") as server:
        yield server


@pytest.fixture
def studies(studies_server: postgresql.Server) -> postgresql.Server:
    """A PostgreSQL without tables."""
    studies_server.ask("DROP SCHEMA public CASCADE")
    studies_server.ask("CREATE SCHEMA public")
    return studies_server
