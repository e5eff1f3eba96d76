import re
import shutil
from pathlib import Path

import pytest

from local.images import fingerprint
from local.images.recipe import RECIPES, REPOSITORY_ROOT, Recipe

BY_KEY = {recipe.key: recipe for recipe in RECIPES}


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what images are made from, to change freely."""
    for name in ("jobs", "configs", "requirements"):
        shutil.copytree(REPOSITORY_ROOT / name, tmp_path / name)
    shutil.copy(REPOSITORY_ROOT / "pyproject.toml", tmp_path)
    monkeypatch.setattr(fingerprint, "REPOSITORY_ROOT", tmp_path)
    return tmp_path


@pytest.fixture
def toolchain(tmp_path: Path) -> Path:
    for name in ("versitygw", "reloader", "coredns"):
        (tmp_path / name).write_text(name)
    return tmp_path


def references(toolchain: Path, *keys: str) -> dict[str, str]:
    return {key: fingerprint.reference(BY_KEY[key], toolchain) for key in keys}


def test_a_reference_is_the_images_name_and_twelve_hex_digits(checkout: Path) -> None:
    assert re.fullmatch(r"mlops\.local/serving:[0-9a-f]{12}", references(checkout, "serving")["serving"])


def test_the_key_becomes_a_repository_name() -> None:
    assert BY_KEY["kubeStateMetrics"].name == "kube-state-metrics"


@pytest.mark.parametrize(
    ("changed", "rebuilt"),
    [
        ("jobs/errors.py", {"jobs", "serving"}),
        ("jobs/tracking/readiness.py", {"jobs", "tracking"}),
        ("configs/churn-experiment.yaml", {"jobs"}),
        ("requirements/serving.txt", {"serving"}),
        ("README.md", set()),
        ("jobs/__pycache__/errors.cpython-311.pyc", set()),
    ],
)
def test_only_the_images_that_hold_a_changed_file_are_rebuilt(checkout: Path, changed: str, rebuilt: set[str]) -> None:
    before = references(checkout, "jobs", "serving", "tracking", "postgres")
    (checkout / changed).parent.mkdir(exist_ok=True)
    with (checkout / changed).open("a") as file:
        file.write("\n")
    after = references(checkout, "jobs", "serving", "tracking", "postgres")
    assert {key for key in before if before[key] != after[key]} == rebuilt


def test_a_new_program_rebuilds_its_image_alone(toolchain: Path) -> None:
    before = references(toolchain, "store", "coredns")
    (toolchain / "versitygw").write_text("newer")
    after = references(toolchain, "store", "coredns")
    assert {key for key in before if before[key] != after[key]} == {"store"}


def test_the_executable_bit_counts_and_the_time_does_not(toolchain: Path) -> None:
    before = references(toolchain, "store")
    (toolchain / "versitygw").touch()
    assert references(toolchain, "store") == before
    (toolchain / "versitygw").chmod(0o755)
    assert references(toolchain, "store") != before


def test_a_new_base_rebuilds_what_stands_on_it(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = references(checkout, "serving", "postgres")
    monkeypatch.setattr("local.images.debian.SUITE", "forky")
    after = references(checkout, "serving", "postgres")
    assert all(before[key] != after[key] for key in before)


def test_an_image_from_scratch_has_no_base(toolchain: Path) -> None:
    pause: Recipe = BY_KEY["pause"]
    assert fingerprint.base_reference(pause, toolchain) == ""
