"""Names an image by what goes into it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from local.cache import digest
from local.images import debian, dockerfile
from local.images.image import REPOSITORY
from local.images.recipe import PYTHON, REPOSITORY_ROOT, Recipe

# Raise it when the way of building changes what comes out.
BUILDER = "1"


def context_folder(recipe: Recipe, toolchain: Path) -> Path:
    return REPOSITORY_ROOT if recipe.context == "repository" else toolchain


def is_executable(file: Path) -> bool:
    return bool(file.stat().st_mode & 0o100)


def reference(recipe: Recipe, toolchain: Path) -> str:
    """`mlops.local/<name>:<digest>` of Dockerfile, base and every copied file with its path and executable bit."""
    text = recipe.dockerfile.read_text()
    context = context_folder(recipe, toolchain)
    parts: list[str | bytes] = [BUILDER, text, base_reference(recipe, toolchain)]
    for file in dockerfile.copied_files(text, context):
        with file.open("rb") as content:
            parts += [
                str(file.relative_to(context)),
                str(is_executable(file)),
                hashlib.file_digest(content, "sha256").digest(),
            ]
    return f"{REPOSITORY}/{recipe.name}:{digest(*parts)}"


def base_reference(recipe: Recipe, toolchain: Path) -> str:
    """Reference of the image a recipe builds on; empty for an image from scratch."""
    if recipe.base == "python":
        return reference(PYTHON, toolchain)
    return debian.reference() if recipe.base == "debian" else ""
