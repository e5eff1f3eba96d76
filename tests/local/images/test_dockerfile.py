from pathlib import Path

import pytest

from local.errors import LocalError
from local.images.dockerfile import Instruction, copied, copied_files, parse


def test_continuation_lines_are_one_instruction_and_comments_none() -> None:
    assert parse("# note\nRUN a \\\n  # why\n && b\nUSER 1:1\n") == [
        Instruction("RUN", "a && b"),
        Instruction("USER", "1:1"),
    ]


def test_copies_between_stages_are_not_context() -> None:
    assert copied("COPY a b /to/\nCOPY --from=build /x /y\n") == ["a", "b"]


@pytest.mark.parametrize("line", ["COPY *.py /to/", "COPY ${NAME} /to/", "COPY --chown=1 a /to/", "ADD a /to/"])
def test_what_a_digest_could_not_cover_is_refused(line: str) -> None:
    with pytest.raises(LocalError, match="COPY"):
        copied(line)


def test_a_folder_means_its_files_without_compiled_python(tmp_path: Path) -> None:
    for name in ("pkg/a.py", "pkg/deep/b.txt", "pkg/__pycache__/a.pyc", "other.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert copied_files("COPY pkg/ /app/", tmp_path) == [tmp_path / "pkg/a.py", tmp_path / "pkg/deep/b.txt"]


def test_a_missing_source_is_named(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match=r"COPY gone/: .*/gone does not exist"):
        copied_files("COPY gone/ /app/", tmp_path)
