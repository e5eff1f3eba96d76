"""Fixtures for tests that run the engine, a plugin process or a real API server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.cache import cache_root
from local.cluster.wait import until
from local.plugins.kubernetes.cluster import Cluster
from local.plugins.kubernetes.kubeconfig import read_access
from local.progress import Progress
from local.toolchain.build import build_toolchain
from tests.local.plugins.stack import Stack


@pytest.fixture(scope="session")
def engine() -> Path:
    """The Pulumi engine that the toolchain built."""
    return build_toolchain(cache_root(), Progress(), ("pulumi",)) / "pulumi"


@pytest.fixture
def project(tmp_path: Path, engine: Path) -> Stack:
    """An empty project that needs no cluster."""
    return Stack(tmp_path, engine)


@pytest.fixture
def stack(tmp_path: Path, engine: Path, kubeconfig: str) -> Iterator[Stack]:
    """A project whose provider finds the test cluster; what it made is gone afterwards."""
    made = Stack(tmp_path, engine, {"kubeconfig": kubeconfig})
    yield made
    destroyed = made.pulumi("destroy", "--yes", "--skip-preview", "--refresh=false")
    assert destroyed.code == 0, destroyed.text


@pytest.fixture(scope="session")
def api(kubeconfig: str) -> Cluster:
    return Cluster(read_access(kubeconfig, None, None))


@pytest.fixture(scope="session")
def image(api: Cluster) -> Callable[[str], str]:
    """Finds an image that the node has by a part of its name: tests must not pull.

    A kubelet that has just started tells of images that it looks up twice a minute.
    """

    def names() -> list[str]:
        nodes = api.items("/api/v1/nodes")
        return [name for node in nodes for held in node["status"]["images"] for name in held["names"]]

    def find(part: str) -> str:
        def found() -> str | None:
            return next((name for name in names() if part in name and "@" not in name), None)

        return until(f"the node to tell of an image {part!r}", found, seconds=120, why_not=lambda: str(names())) or ""

    return find
