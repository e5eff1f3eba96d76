"""Every command's example is run by a test, word for word."""

from __future__ import annotations

import ast
import shlex

import pytest

from tests.jobs.support import commands
from tests.repository.documents import ROOT, runnable


def _run_by_tests() -> set[str]:
    """What stands in calls of `tests.jobs.support.example` and `example_words`."""
    found: set[str] = set()
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ("example", "example_words")
            ):
                found |= {str(one.value) for one in node.args if isinstance(one, ast.Constant)}
    return found


RUN_BY_TESTS = _run_by_tests()
IN_RUNBOOKS = {line.strip() for block in runnable() for line in block.text.splitlines()}


@pytest.mark.parametrize(("name", "text"), commands(), ids=lambda given: given if "\n" not in given else "")
def test_the_example_of_a_command_is_run(name: str, text: str) -> None:
    shown = " ".join(shlex.split(text.split("Example:")[1].split("\n\n")[0]))
    # Whole ones only: a quote or a backslash at the end goes on in the next.
    whole = (line for line in IN_RUNBOOKS if line.count('"') % 2 == 0 and "'" not in line and not line.endswith("\\"))
    lines = {" ".join(shlex.split(line)) for line in whole}
    assert name in RUN_BY_TESTS or shown in lines, f'no test calls example("{name}"), no runbook runs `{shown}`'
