"""Bringing image archives into the node's containerd, each once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from local.cluster.instance import Instance
from local.cluster.node import in_node
from local.cluster.wait import until


def import_images(instance: Instance, archives: Mapping[str, Path], report: Callable[[str], None]) -> None:
    """`archives` maps image references to archives in the cache's images folder, which the node sees as /images."""
    until("containerd to answer", lambda: in_node(instance, "ctr", "version", check=False).returncode == 0)
    present = set(in_node(instance, "ctr", "-n", "k8s.io", "images", "list", "-q").stdout.split())
    for reference, archive in archives.items():
        if reference not in present:
            report(f"importing image {reference}")
            in_node(instance, "ctr", "-n", "k8s.io", "images", "import", "--local", f"/images/{archive.name}")
