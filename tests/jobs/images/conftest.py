from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import registry as registries
from tests.support.registry import Registry


@pytest.fixture(autouse=True)
def _client(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The toolchain's crane on PATH, and no login of whoever runs the tests."""
    monkeypatch.setenv("PATH", f"{registries.crane()}:{os.environ['PATH']}")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "no-login"))


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """Open to everybody."""
    with registries.running(Registry(tmp_path_factory.mktemp("registry"))) as running:
        yield running
