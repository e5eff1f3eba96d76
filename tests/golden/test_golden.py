"""What the AWS stacks are made of changes only together with the golden files, so that a reviewer sees it."""

from pathlib import Path

import pytest

from tests.golden.graph import files

FILES = files()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_stack_is_the_one_that_was_reviewed(file: Path) -> None:
    assert file.read_text() == FILES[file], "run `make golden` and look at the diff"


def test_a_hardening_line_is_in_the_graph_and_no_secret_is() -> None:
    text = FILES[next(file for file in FILES if file.name == "prod.graph.txt")]

    assert "deletionProtection = true" in text
    assert "aws:rds/instance:Instance database-instance [protected]" in text
    assert "hidden-" not in text
