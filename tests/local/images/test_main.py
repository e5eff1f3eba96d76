from __future__ import annotations

import subprocess
import sys

import pytest

from local.errors import LocalError
from local.images.__main__ import ALL, SITES, chosen_of, programs
from local.images.recipe import REPOSITORY_ROOT


def test_every_image_that_a_stack_asks_for_can_be_built() -> None:
    assert {key for keys in SITES.values() for key in keys} <= {recipe.key for recipe in ALL}
    assert "predict" in SITES["aws"] - SITES["machine"]
    assert {"postgres", "store"} == SITES["machine"] - SITES["aws"]


def test_only_the_programs_that_the_images_hold_are_built() -> None:
    assert programs(chosen_of(["serving", "prometheus"])) == []
    assert programs(chosen_of(["store", "kubeStateMetrics"])) == ["kube-state-metrics", "reloader", "versitygw"]


def test_without_a_name_it_is_all_and_a_name_that_is_none_is_refused() -> None:
    assert chosen_of([]) == list(ALL)
    with pytest.raises(LocalError, match="no image is called nothing; there are tracking, jobs, "):
        chosen_of(["serving", "nothing"])


def test_a_refusal_is_a_line_and_exit_code_1() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "local.images", "list", "nothing"], cwd=REPOSITORY_ROOT, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "error: no image is called nothing" in done.stderr
    assert "Traceback" not in done.stderr
