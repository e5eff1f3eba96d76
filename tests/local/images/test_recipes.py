import ast
import re
from pathlib import Path

import pytest

from local.images.dockerfile import copied_files, parse
from local.images.recipe import AWS_RECIPES, PYTHON, RECIPES, REPOSITORY_ROOT, Recipe

ALL = (*RECIPES, *AWS_RECIPES)
EVERY = pytest.mark.parametrize("recipe", ALL, ids=lambda recipe: recipe.name)


def instructions(recipe: Recipe, keyword: str) -> list[str]:
    return [each.argument for each in parse(recipe.dockerfile.read_text()) if each.keyword == keyword]


def test_every_dockerfile_belongs_to_a_recipe() -> None:
    assert set(PYTHON.dockerfile.parent.glob("*.Dockerfile")) == {recipe.dockerfile for recipe in (*ALL, PYTHON)}


def test_the_stack_gets_every_image_it_asks_for() -> None:
    asked = {"postgres", "store", "tracking", "jobs", "serving", "prometheus", "alertmanager", "kubeStateMetrics"}
    assert asked <= {recipe.key for recipe in RECIPES}


@EVERY
def test_images_run_as_65532(recipe: Recipe) -> None:
    assert instructions(recipe, "USER")[-1] == "65532:65532"


@EVERY
def test_bases_come_from_the_builder_and_are_never_latest(recipe: Recipe) -> None:
    text = recipe.dockerfile.read_text()
    defaults = [each.removeprefix("BASE_IMAGE=") for each in instructions(recipe, "ARG") if "BASE_IMAGE" in each]
    assert bool(recipe.base) == bool(defaults)
    assert set(defaults) <= {"python:3.13-slim", "debian:13-slim"}
    assert "latest" not in text
    assert {each.split()[0] for each in instructions(recipe, "FROM")} <= {"${BASE_IMAGE}", "scratch"}


@EVERY
def test_nothing_is_downloaded_but_packages(recipe: Recipe) -> None:
    text = recipe.dockerfile.read_text()
    assert not re.search(r"https?://|^ADD |curl|wget", text, re.M)
    assert not re.search(r"pip .*install(?!.*--require-hashes)", text.replace("\\\n", " "))


@EVERY
def test_every_image_but_the_sandbox_runs_before_it_is_published(recipe: Recipe) -> None:
    assert bool(recipe.smokes) == (recipe.key != "pause")


@pytest.mark.parametrize("name", ["serving", "tracking", "predict"])
def test_an_image_holds_all_of_our_code_that_its_own_imports(name: str) -> None:
    recipe = next(recipe for recipe in ALL if recipe.key == name)
    held = {path for path in copied_files(recipe.dockerfile.read_text(), REPOSITORY_ROOT) if path.suffix == ".py"}
    missing = {
        f"{path.relative_to(REPOSITORY_ROOT)} imports {found.relative_to(REPOSITORY_ROOT)}"
        for path in held
        for found in imported_files(path)
        if found not in held
    }
    assert missing == set()


def imported_files(path: Path) -> list[Path]:
    """Files of ours that a file names in its imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    stems = [
        REPOSITORY_ROOT.joinpath(*name.split(".")) for name in names if name.split(".")[0] in ("jobs", "functions")
    ]
    candidates = [file for stem in stems for file in (stem.with_suffix(".py"), stem / "__init__.py")]
    return [file for file in candidates if file.exists()]
