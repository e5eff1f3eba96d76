import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from local.platform.machine import Machine, problems

GOOD = Machine(user_id=0, filesystems="nodev\toverlay\n", free_gb=50, has_apt=True, missing_programs=())
CACHE = Path("/cache")
IMPORT = "import local.platform.machine"


def test_a_machine_that_has_everything_has_no_problem() -> None:
    assert problems(GOOD, CACHE) == []


def test_a_program_that_can_be_installed_is_no_problem() -> None:
    assert problems(replace(GOOD, missing_programs=("mmdebstrap",)), CACHE) == []


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        (replace(GOOD, user_id=1000), "user id is 1000"),
        (replace(GOOD, filesystems="nodev\ttmpfs\n"), "no overlay file system"),
        (replace(GOOD, free_gb=9.96), "10.0 GB are free at /cache, 10 are needed"),
        (replace(GOOD, has_apt=False, missing_programs=("ip",)), "ip missing and no apt-get"),
    ],
)
def test_each_thing_in_the_way_is_said_with_what_to_change(machine: Machine, words: str) -> None:
    [problem] = problems(machine, CACHE)
    assert words in problem


def test_all_problems_are_told_at_once() -> None:
    assert len(problems(Machine(1000, "", 1, False, ("ip",)), CACHE)) == 4


def test_a_machine_that_starts_no_node_needs_only_the_disk() -> None:
    [problem] = problems(Machine(1000, "", 1, False, ("ip",)), CACHE, node=False)
    assert "1.0 GB are free" in problem


def test_the_check_runs_on_the_standard_library_alone() -> None:
    root = Path(__file__).parents[3]
    command = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(root)!r}); {IMPORT}"]
    assert subprocess.run(command, capture_output=True, text=True).stderr == ""
