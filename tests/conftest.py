"""The test instance: one real cluster, and on it the platform, brought up by the commands a user types."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from local.cache import cache_root
from local.cluster.instance import Instance
from local.cluster.registry import find_instance
from tests.support import postgres
from tests.support.host import HostState
from tests.support.platform import Platform

ROOT = Path(__file__).parents[1]
NAME = "test"


# How fast a machine makes examples, and goes through one, says nothing about what is claimed.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

COST = ("engine", "cluster", "e2e", "last")
# Where the machine has none, it is in an image that the first start of a cluster builds.
POSTGRES = "postgres_programs"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Cheap claims first: a broken unit is told before a cluster is started."""
    if not postgres.there():
        for item in items:
            if POSTGRES in getattr(item, "fixturenames", ()):
                item.add_marker("cluster")
    items.sort(
        key=lambda item: max(
            (COST.index(mark.name) + 1 for mark in item.iter_markers() if mark.name in COST), default=0
        )
    )


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs `make ARGUMENTS INSTANCE=test` and shows its output when it fails."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    command = ["make", "--no-print-directory", *arguments, f"INSTANCE={NAME}"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert done.returncode == 0, done.stdout
    return done


@pytest.fixture(scope="session")
def host_before() -> HostState:
    """What the host looked like before the test instance was started."""
    make("down", "FORGET=1")
    return HostState.look()


@pytest.fixture(scope="session")
def cluster(host_before: HostState) -> Iterator[Instance]:
    """The running one-node cluster of the test instance; `MLOPS_KEEP_TEST_INSTANCE=1` leaves it for the next run."""
    make("cluster")
    instance = find_instance(cache_root(), NAME)
    assert instance
    yield instance
    if not os.environ.get("MLOPS_KEEP_TEST_INSTANCE"):
        make("down", "FORGET=1")
        assert HostState.look().differences(host_before) == []


@pytest.fixture(scope="session")
def kubeconfig(cluster: Instance) -> str:
    """Path of a kubeconfig with full rights on the test cluster."""
    return str(cluster.kubeconfig)


@pytest.fixture(scope="session")
def platform(cluster: Instance) -> Platform:
    """The whole platform on the test instance, with a champion that answers."""
    return Platform(cluster, first_up=make("up").stdout)
