"""Builds the images that are missing from the cache."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from local.errors import LocalError
from local.images import debian, dockerfile, fingerprint, image, pip_settings
from local.images.builder import Builder
from local.images.image import Image
from local.images.recipe import PYTHON, RECIPES, Recipe


def build_images(
    cache: Path,
    toolchain: Path,
    node_root: Path,
    report: Callable[[str], None],
    recipes: Sequence[Recipe] = RECIPES,
) -> dict[str, Image]:
    """Images by their key in `mlops:images`; builds, smoke-tests and publishes those that changed.

    Safe to interrupt: an archive appears under its name only when complete and tried. Two callers take turns.
    """
    images = {recipe.key: _image(cache, recipe, toolchain) for recipe in recipes}
    missing = [recipe for recipe in recipes if not images[recipe.key].archive.exists()]
    if not missing:
        return images
    with locked(image.folder(cache)) as folder:
        pip = folder / "pip"
        builder = Builder(node_root, folder, pip_settings.write_folder(pip))
        builder.clean()
        for recipe in missing:
            if not images[recipe.key].archive.exists():
                _publish(builder, recipe, images[recipe.key], toolchain, pip, report)
    return images


@contextmanager
def locked(folder: Path) -> Iterator[Path]:
    """The images' folder, for one process at a time."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def _image(cache: Path, recipe: Recipe, toolchain: Path) -> Image:
    reference = fingerprint.reference(recipe, toolchain)
    archive = image.folder(cache) / f"{recipe.name}-{reference.rpartition(':')[2]}.tar"
    return Image(recipe.key, reference, archive)


def _publish(
    builder: Builder, recipe: Recipe, target: Image, toolchain: Path, pip: Path, report: Callable[[str], None]
) -> None:
    base = fingerprint.base_reference(recipe, toolchain)
    if base and not builder.exists(base):
        _build_base(builder, recipe, toolchain, pip, report)
    began = time.monotonic()
    report(f"image {recipe.name}: building")
    _build(builder, recipe, target.reference, toolchain, pip)
    for smoke in recipe.smokes:
        builder.smoke(target.reference, smoke)
    builder.publish(target.reference, target.archive)
    size = target.archive.stat().st_size >> 20
    report(f"image {recipe.name}: built, tried and published in {time.monotonic() - began:.1f} s ({size} MB)")


def _build_base(builder: Builder, recipe: Recipe, toolchain: Path, pip: Path, report: Callable[[str], None]) -> None:
    began = time.monotonic()
    if not builder.exists(debian.reference()):
        report("image debian: building")
        with _workspace(pip.parent) as context:
            debian.make_context(context)
            builder.build(debian.reference(), context, {}, {})
        report(f"image debian: built in {time.monotonic() - began:.1f} s")
        began = time.monotonic()
    if recipe.base == PYTHON.key:
        _build(builder, PYTHON, fingerprint.reference(PYTHON, toolchain), toolchain, pip)
        report(f"image python: built in {time.monotonic() - began:.1f} s")


def _build(builder: Builder, recipe: Recipe, reference: str, toolchain: Path, pip: Path) -> None:
    text = recipe.dockerfile.read_text()
    source = fingerprint.context_folder(recipe, toolchain)
    arguments = {"BASE_IMAGE": fingerprint.base_reference(recipe, toolchain)} if recipe.base else {}
    if "ARG PIP_CONFIG_FILE" in text:
        arguments["PIP_CONFIG_FILE"] = pip_settings.CONFIG
    with _workspace(pip.parent) as context:
        for file in dockerfile.copied_files(text, source):
            _stage(file, context / file.relative_to(source))
        (context / "Dockerfile").write_text(text)
        if fingerprint.reference(recipe, toolchain) != reference:
            raise LocalError(f"image {recipe.name}: its files changed while they were read; run the same command again")
        builder.build(reference, context, arguments, {pip: pip_settings.MOUNT})


def _stage(file: Path, target: Path) -> None:
    """Copies a file into a build context; a strict umask on the host must not hide it from the image's user."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, target)
    target.chmod(0o755 if fingerprint.is_executable(file) else 0o644)


@contextmanager
def _workspace(folder: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="context-", dir=folder / "tmp") as name:
        yield Path(name)
