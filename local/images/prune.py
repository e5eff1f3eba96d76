"""Removes images that a newer build has replaced."""

from __future__ import annotations

import fcntl
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from local.images import debian, fingerprint, image
from local.images.builder import Builder
from local.images.image import REPOSITORY, SBOM, Image
from local.images.recipe import PYTHON

# A checkout that goes one change back, or a second one, finds its images still there.
KEPT_OF_EACH = 2
_REFERENCE = re.compile(rf"{re.escape(REPOSITORY)}/([a-z0-9-]+):([0-9a-f]{{12}})")


def prune_images(cache: Path, node_root: Path, keep: Iterable[Image]) -> list[str]:
    """Deletes every archive and stored image but those to keep and their bases; returns what it deleted.

    While another process builds, it deletes nothing: the next call will.
    """
    kept = list(keep)
    archives = {each.archive for each in kept}
    references = {each.reference for each in kept} | {debian.reference(), fingerprint.reference(PYTHON, Path())}
    folder = image.folder(cache)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return []
        superseded = [archive for archive in folder.glob("*.tar") if archive not in archives]
        if not superseded:
            return []
        for archive in superseded:
            archive.unlink()
            archive.with_suffix(SBOM).unlink(missing_ok=True)
        builder = Builder(node_root, folder, {})
        unused = [name for name in builder.references() if name not in references and not name.startswith("<none>")]
        for name in unused:
            builder.remove(name)
    return sorted([*(archive.name for archive in superseded), *unused])


def images_in_use(cache: Path, current: Collection[Image]) -> list[Image]:
    """The images to keep: the current ones, those that any instance's stack file names, the newest two of each name."""
    folder = image.folder(cache)
    ages = {archive.name: archive.stat().st_mtime for archive in folder.glob("*.tar")}
    stack_files = (file.read_text() for file in cache.glob("instances/*/Pulumi.*.yaml"))
    named = {f"{name}-{version}.tar" for text in stack_files for name, version in _REFERENCE.findall(text)}
    current_archives = {each.archive.name for each in current}
    others = (newest(ages) | (named & ages.keys())) - current_archives
    return [*current, *(_image(folder / archive) for archive in sorted(others))]


def newest(ages: Mapping[str, float]) -> set[str]:
    """The newest archives of each name. `ages` maps `name-digest.tar` to its time; pure."""
    by_name: dict[str, list[str]] = {}
    for archive in sorted(ages, key=lambda each: -ages[each]):
        by_name.setdefault(archive.rpartition("-")[0], []).append(archive)
    return {archive for archives in by_name.values() for archive in archives[:KEPT_OF_EACH]}


def _image(archive: Path) -> Image:
    name, _, version = archive.stem.rpartition("-")
    return Image(name, f"{REPOSITORY}/{name}:{version}", archive)
