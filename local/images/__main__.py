"""`python -m local.images build|list|test|sbom [IMAGE…]`: what `mlops images` runs in a checkout."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from infra.settings.images import AwsImages, MachineImages
from local.cache import cache_root
from local.cluster.node_root import build_node_root
from local.errors import LocalError
from local.images.build import build_images, images_of, workshop
from local.images.image import Image
from local.images.recipe import AWS_RECIPES, RECIPES, Recipe
from local.progress import Progress
from local.toolchain.build import build_toolchain
from local.toolchain.tools import TOOLS

ALL = (*RECIPES, *AWS_RECIPES)
SITES = {
    site: frozenset(field.alias or name for name, field in model.model_fields.items())
    for site, model in (("machine", MachineImages), ("aws", AwsImages))
}


def main() -> int:
    """Runs one command; a LocalError is a message and exit code 1. Progress goes to stderr, JSON to stdout."""
    parser = argparse.ArgumentParser(prog="python -m local.images", description=__doc__)
    parser.add_argument("command", choices=("build", "list", "test", "sbom"))
    parser.add_argument("images", nargs="*", help="keys of mlops:images (default: all)")
    chosen = parser.parse_args()
    progress = Progress()
    try:
        print(json.dumps(run(chosen.command, chosen.images, progress), indent=1))
    except LocalError as error:
        progress(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        progress("interrupted; the same command goes on from here")
        return 130
    return 0


def run(command: str, names: Sequence[str], progress: Progress) -> list[dict[str, object]]:
    """One object for each image."""
    recipes, cache = chosen_of(names), cache_root()
    toolchain = build_toolchain(cache, progress, programs(recipes))
    if command == "list":
        return [_facts(one) for one in images_of(cache, toolchain, recipes).values()]
    node_root = build_node_root(cache, progress)
    images = build_images(cache, toolchain, node_root, progress, recipes)
    if command == "test":
        with workshop(cache, toolchain, node_root, progress) as shop:
            for recipe in recipes:
                with progress.step(f"trying {recipe.name}"):
                    shop.try_out(recipe)
    return [_facts(one) for one in images.values()]


def chosen_of(names: Sequence[str]) -> list[Recipe]:
    """All without a name. Raises LocalError for one that is none."""
    known = {recipe.key: recipe for recipe in ALL}
    if unknown := [name for name in names if name not in known]:
        raise LocalError(f"no image is called {', '.join(unknown)}; there are {', '.join(known)}")
    return [known[name] for name in names] or list(ALL)


def programs(recipes: Sequence[Recipe]) -> list[str]:
    """Of the toolchain, those that these images hold."""
    held = {
        word for recipe in recipes if recipe.context == "toolchain" for word in recipe.dockerfile.read_text().split()
    }
    return [tool.name for tool in TOOLS if tool.name in held]


def _facts(one: Image) -> dict[str, object]:
    built = one.archive.exists()
    return {
        "image": one.name, "sites": [site for site, keys in SITES.items() if one.name in keys],
        "reference": one.reference, "archive": str(one.archive), "built": built,
        "bytes": one.archive.stat().st_size if built else None, "sbom": str(one.sbom),
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
