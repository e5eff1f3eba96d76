"""Bringing image archives into the node's containerd, each once."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from local.cluster.instance import Instance
from local.cluster.node import in_node
from local.cluster.wait import until
from local.images.image import Image


def import_images(instance: Instance, images: Iterable[Image], report: Callable[[str], None]) -> None:
    """Imports what containerd does not have. The node sees the folder of the archives as /images."""
    until("containerd to answer", lambda: in_node(instance, "ctr", "version", check=False).returncode == 0)
    present = set(in_node(instance, "ctr", "-n", "k8s.io", "images", "list", "-q").stdout.split())
    for image in images:
        if image.reference not in present:
            report(f"importing image {image.reference}")
            in_node(instance, "ctr", "-n", "k8s.io", "images", "import", "--local", f"/images/{image.archive.name}")
