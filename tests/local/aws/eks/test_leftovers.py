"""Nothing of a simulated EKS outlives it, however it ends."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local.aws.eks.access import Access
from local.aws.eks.cluster import eks_cluster
from local.cache import cache_root
from local.cluster.instance import Instance
from local.cluster.node import node_pid
from local.cluster.registry import find_instance
from local.progress import Progress
from tests.support.host import HostState

pytestmark = pytest.mark.engine
NAME = "eks-left"
ACCESS = Access("left", "eu-central-1", endpoints={})
# Ends as a killed test run does: without leaving the block.
ABANDONED = f"""
import os
from local.aws.eks.access import Access
from local.aws.eks.cluster import eks_cluster
from local.cache import cache_root
with eks_cluster(cache_root(), print, access=Access("left", "eu-central-1", {{}}), secrets={{}}, instance={NAME!r}):
    os._exit(0)
"""


def traces(instance: Instance, namespace: str) -> list[str]:
    """What of the instance is on the host. Not the host as a whole: others may start nodes meanwhile."""
    host = HostState.look()
    everything = host.links | host.routes | host.mounts | host.cgroups | host.firewall
    own = re.compile(rf"({instance.link}|{instance.folder}|/{instance.cgroup})(?!\w)")
    return [entry for entry in everything if own.search(entry)] + [
        f"process {entry.parent.parent.name}"
        for entry in Path("/proc").glob("[0-9]*/ns/pid")
        if namespace_of(entry) == namespace
    ]


def namespace_of(entry: Path) -> str:
    with contextlib.suppress(OSError):
        return str(entry.readlink())
    return "ended"


def test_a_cluster_that_was_abandoned_makes_way_for_the_next_and_killing_its_node_ends_all_of_it() -> None:
    subprocess.run([sys.executable, "-c", ABANDONED], check=True)
    left = find_instance(cache_root(), NAME)
    assert left
    old = node_pid(left)
    assert old

    with eks_cluster(cache_root(), Progress(), access=ACCESS, secrets={}, instance=NAME) as cluster:
        new = node_pid(cluster.instance)
        assert new
        assert new != old
        namespace = namespace_of(Path(f"/proc/{new}/ns/pid"))
        assert len(traces(cluster.instance, namespace)) > 5
        os.kill(new, signal.SIGKILL)
    assert find_instance(cache_root(), NAME) is None
    assert traces(cluster.instance, namespace) == []
