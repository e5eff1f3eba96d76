"""The images in the node's containerd: each archive is imported once, superseded ones are removed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from local.cluster.instance import Instance
from local.cluster.node import in_node
from local.cluster.wait import until
from local.images.image import REPOSITORY, Image


def import_images(instance: Instance, images: Iterable[Image], report: Callable[[str], None]) -> None:
    """Imports what containerd does not have. The node sees the folder of the archives as /images."""
    until("containerd to answer", lambda: in_node(instance, "ctr", "version", check=False).returncode == 0)
    present = set(in_node(instance, "ctr", "-n", "k8s.io", "images", "list", "-q").stdout.split())
    for image in images:
        if image.reference not in present:
            report(f"importing image {image.reference}")
            in_node(instance, "ctr", "-n", "k8s.io", "images", "import", "--local", f"/images/{image.archive.name}")


def remove_superseded(instance: Instance, keep: Collection[str]) -> list[str]:
    """Removes our images that are not among the references to keep; returns their references."""
    listing = in_node(instance, "ctr", "-n", "k8s.io", "images", "list").stdout
    references = superseded(listing, keep)
    if references:
        in_node(instance, "ctr", "-n", "k8s.io", "images", "remove", *references)
    return [reference for reference in references if reference.startswith(f"{REPOSITORY}/")]


def superseded(listing: str, keep: Collection[str]) -> list[str]:
    """From the text of `ctr images list`: our references not to keep, and the CRI's own for the same images. Pure."""
    rows = [line.split()[:3] for line in listing.splitlines()[1:] if line.strip()]
    ours = [(name, digest) for name, _, digest in rows if name.startswith(f"{REPOSITORY}/")]
    needed = {digest for name, digest in ours if name in keep}
    gone = {digest for name, digest in ours if name not in keep} - needed
    return [
        name
        for name, _, digest in rows
        if (name.startswith(f"{REPOSITORY}/") and name not in keep) or (name.startswith("sha256:") and digest in gone)
    ]
