"""`python -m infra.review` as a command."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.review.__main__ import main
from tests.infra.review.samples import RECORDED


def run(recording: str, *more: str) -> int:
    return main(["--events", str(RECORDED / recording), "--stack", "dev", *more])


@pytest.mark.parametrize(
    ("recording", "code"),
    [("changed.jsonl", 0), ("digest.json", 0), ("new.jsonl", 1), ("protected.jsonl", 1), ("broken.jsonl", 1)],
)
def test_a_refused_change_ends_with_1_and_is_written_nevertheless(recording: str, code: int, tmp_path: Path) -> None:
    target = tmp_path / "comment.md"
    assert run(recording, "--output", str(target)) == code
    assert target.read_text().startswith("<!-- preview of stack dev -->\n")


def test_it_prints_what_it_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "comment.md"
    run("changed.jsonl", "--output", str(target))
    printed = capsys.readouterr().out
    assert printed.startswith(target.read_text())
    assert printed.splitlines()[-1].startswith("Cost: ")


def test_a_file_that_is_no_preview_ends_with_2_and_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "events.json"
    broken.write_text("warning: no JSON")
    assert main(["--events", str(broken), "--stack", "dev"]) == 2
    assert main(["--events", str(tmp_path / "none"), "--stack", "dev"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2


@pytest.mark.parametrize("stack", ["", "a b", "a-->", "<!--", "a--b"])
def test_a_stack_name_that_could_break_the_marker_is_refused(stack: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--events", "-", "--stack", stack])
