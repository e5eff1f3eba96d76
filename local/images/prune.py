"""Removes images that a newer build has replaced."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from local.images import debian, fingerprint, image
from local.images.build import locked
from local.images.builder import Builder
from local.images.image import Image
from local.images.recipe import PYTHON


def prune_images(cache: Path, node_root: Path, keep: Iterable[Image]) -> list[str]:
    """Deletes every archive and stored image but those to keep and their bases; returns what it deleted."""
    kept = list(keep)
    archives = {each.archive for each in kept}
    references = {each.reference for each in kept} | {debian.reference(), fingerprint.reference(PYTHON, Path())}
    with locked(image.folder(cache)) as folder:
        superseded = [archive for archive in folder.glob("*.tar") if archive not in archives]
        for archive in superseded:
            archive.unlink()
        builder = Builder(node_root, folder, {})
        unused = [name for name in builder.references() if name not in references and not name.startswith("<none>")]
        for name in unused:
            builder.remove(name)
    return sorted([*(archive.name for archive in superseded), *unused])
