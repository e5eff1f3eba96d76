"""The server that tests speak to, before and after it has a model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jobs.training.experiment import Trained
from tests.jobs.serving.server import Server


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def ready(server: Server, trained: list[Trained], tmp_path: Path) -> Server:
    server.registry.name(trained[0], "1", tmp_path)
    assert server.holder.refresh()
    return server


@pytest.fixture
def make(trained: list[Trained], tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Ready servers with other settings."""
    made: list[Server] = []

    def ready(**settings: Any) -> Server:
        server = Server(**settings)
        made.append(server)
        server.registry.name(trained[0], "1", tmp_path)
        assert server.holder.refresh()
        server.start()
        return server

    yield ready
    for server in made:
        server.stop()
