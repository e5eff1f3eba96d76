"""Builds the images that are missing from the cache."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.errors import LocalError
from local.images import debian, dockerfile, fingerprint, image, pip_settings
from local.images.builder import Builder
from local.images.image import Image
from local.images.recipe import PYTHON, RECIPES, Recipe
from local.images.trial import Trial


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
    images = images_of(cache, toolchain, recipes)
    missing = [recipe for recipe in recipes if not _published(images[recipe.key])]
    if not missing:
        return images
    with workshop(cache, toolchain, node_root, report) as shop:
        for recipe in missing:
            if not _published(images[recipe.key]):
                shop.publish(recipe, images[recipe.key])
    return images


def images_of(cache: Path, toolchain: Path, recipes: Sequence[Recipe]) -> dict[str, Image]:
    """Images by their key as they are built, or would be."""
    return {recipe.key: _image(cache, recipe, toolchain) for recipe in recipes}


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


def _published(one: Image) -> bool:
    return one.archive.exists() and one.sbom.exists()


@contextmanager
def workshop(cache: Path, toolchain: Path, node_root: Path, report: Callable[[str], None]) -> Iterator[Workshop]:
    """Where images are built, for one process at a time."""
    with locked(image.folder(cache)) as folder:
        pip = folder / "pip"
        builder = Builder(node_root, folder, pip_settings.write_folder(pip))
        builder.clean()
        yield Workshop(builder, toolchain, folder, pip, report)


@dataclass(frozen=True)
class Workshop:
    """Builds, tries and publishes images; `folder` is the images' own."""

    builder: Builder
    toolchain: Path
    folder: Path
    pip: Path
    report: Callable[[str], None]

    def publish(self, recipe: Recipe, target: Image) -> None:
        """An archive of an image that was tried, with its bill of materials beside it."""
        from local.images import sbom

        began = time.monotonic()
        if not target.archive.exists():
            self.report(f"image {recipe.name}: building")
            self.try_out(recipe)
            self.builder.publish(target.reference, target.archive)
            size = target.archive.stat().st_size >> 20
            took = time.monotonic() - began
            self.report(f"image {recipe.name}: built, tried and published in {took:.1f} s ({size} MB)")
        sbom.write(target)

    def try_out(self, recipe: Recipe) -> None:
        """Raises LocalError when something of it does not run."""
        Trial(self.builder, self.folder, self.stored).run(recipe)

    def stored(self, recipe: Recipe) -> str:
        """The image's reference, when it is in the layer store."""
        reference = fingerprint.reference(recipe, self.toolchain)
        if not self.builder.exists(reference):
            base = fingerprint.base_reference(recipe, self.toolchain)
            if base and not self.builder.exists(base):
                self._build_base(base, recipe)
            self._build(recipe, reference)
        return reference

    def _build_base(self, reference: str, recipe: Recipe) -> None:
        began = time.monotonic()
        if recipe.base == PYTHON.key:
            self.stored(PYTHON)
        else:
            self.report("image debian: building")
            with _workspace(self.folder) as context:
                debian.make_context(context)
                self.builder.build(reference, context, {}, {})
        self.report(f"image {recipe.base}: built in {time.monotonic() - began:.1f} s")

    def _build(self, recipe: Recipe, reference: str) -> None:
        text = recipe.dockerfile.read_text()
        source = fingerprint.context_folder(recipe, self.toolchain)
        arguments = {"BASE_IMAGE": fingerprint.base_reference(recipe, self.toolchain)} if recipe.base else {}
        if "ARG PIP_CONFIG_FILE" in text:
            arguments["PIP_CONFIG_FILE"] = pip_settings.CONFIG
        with _workspace(self.folder) as context:
            for file in dockerfile.copied_files(text, source):
                _stage(file, context / file.relative_to(source))
            (context / "Dockerfile").write_text(text)
            if fingerprint.reference(recipe, self.toolchain) != reference:
                raise LocalError(
                    f"image {recipe.name}: its files changed while they were read; run the same command again"
                )
            self.builder.build(reference, context, arguments, {self.pip: pip_settings.MOUNT})


def _stage(file: Path, target: Path) -> None:
    """Copies a file into a build context; a strict umask on the host must not hide it from the image's user."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, target)
    target.chmod(0o755 if fingerprint.is_executable(file) else 0o644)


@contextmanager
def _workspace(folder: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="context-", dir=folder / "tmp") as name:
        yield Path(name)
