"""Optuna's own contract of a storage, kept by ours on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from optuna.testing.pytest_storages import StorageTestCase

from jobs.tuning.postgres.storage import PostgresStorage
from tests.support.postgres import Server


@pytest.fixture
def storage(studies: Server) -> Iterator[PostgresStorage]:
    made = PostgresStorage(f"postgresql://postgres@127.0.0.1:{studies.port}/postgres")
    yield made
    made.close()


class TestContract(StorageTestCase):
    """Every test of Optuna's."""
