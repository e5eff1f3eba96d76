"""Optuna's own contract of a storage, kept by ours on a real PostgreSQL."""

from __future__ import annotations

from optuna.testing.pytest_storages import StorageTestCase


class TestContract(StorageTestCase):
    """Every test of Optuna's, on the fixture `storage`."""
