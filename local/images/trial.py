"""What must run in an image before it is published, and what `mlops images test` runs again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from local.images.builder import Builder
from local.images.recipe import RECIPES, Recipe

USER = 65532
# Who trains the bundle that the images which serve are tried with.
TRAINER = next(recipe for recipe in RECIPES if any(smoke.bundle == "left" for smoke in recipe.smokes))


@dataclass(frozen=True)
class Trial:
    """`stored`: a recipe → the reference of its image, which is in the layer store then."""

    builder: Builder
    folder: Path
    stored: Callable[[Recipe], str]

    def run(self, recipe: Recipe) -> None:
        """Raises LocalError with the last words of what did not run."""
        reference = self.stored(recipe)
        for smoke in recipe.smokes:
            if smoke.bundle == "left":
                self._leave(reference, smoke.command)
            else:
                folder = self._bundle() if smoke.bundle else None
                self.builder.smoke(reference, smoke.command, folder, smoke.port)

    def _bundle(self) -> Path:
        """Of the training image as it is now; trained once for each."""
        reference = self.stored(TRAINER)
        found = self._place(reference)
        if not found.exists():
            self._leave(reference, next(smoke.command for smoke in TRAINER.smokes if smoke.bundle == "left"))
        return found

    def _leave(self, reference: str, command: tuple[str, ...]) -> None:
        place = self._place(reference)
        unfinished = place.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        os.chown(unfinished, USER, USER)
        self.builder.smoke(reference, command, unfinished)
        for old in place.parent.iterdir():
            if old != unfinished:
                shutil.rmtree(old)
        unfinished.rename(place)

    def _place(self, reference: str) -> Path:
        return self.folder / "bundles" / reference.rpartition(":")[2]
