"""What a person can do about an error stands in it, and can be done."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.repository.documents import ROOT, RUNBOOKS
from tests.repository.test_documents import mlops_problems

JOBS = sorted((ROOT / "jobs").rglob("*.py"))
# Of these each error says what to change: who meets them has lost something, or must not.
PACKAGES = {
    "backup", "certificates", "database", "drill", "errors.py", "logs", "maintenance", "restore", "upgrade", "users",
    "wal",
}  # fmt: skip
OURS = [path for path in JOBS if path.relative_to(ROOT / "jobs").parts[0] in PACKAGES]


def taught(source: str) -> Iterator[ast.Call]:
    """Where errors of the house are made, whether they are raised there or by who calls it."""
    module = ast.parse(source)
    names = {node.name for node in module.body if isinstance(node, ast.ClassDef)}
    for node in module.body:
        if isinstance(node, ast.ImportFrom) and re.fullmatch(r"jobs\.([a-z.]+\.)?errors", node.module or ""):
            names |= {name.name for name in node.names}
    errors = {name for name in names if name.endswith("Error")}
    for call in ast.walk(module):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in errors:
            yield call


def without_change(source: str) -> list[int]:
    """Lines of errors that end with what is wrong."""
    return [call.lineno for call in taught(source) if "change" not in {word.arg for word in call.keywords}]


def with_another_s_words(source: str) -> list[int]:
    """Lines of changes that are what the kernel or a library said: a reason, not a thing to do."""
    changes = (word.value for call in taught(source) for word in call.keywords if word.arg == "change")
    return [change.lineno for change in changes if "error" in ast.unparse(change) and not _says_more(change)]


def _says_more(change: ast.expr) -> bool:
    words = (node.value for node in ast.walk(change) if isinstance(node, ast.Constant))
    return any(isinstance(word, str) and " " in word for word in words)


def named(path: Path, lines: list[int]) -> list[str]:
    return [f"{path.relative_to(ROOT)}:{line}" for line in lines]


def test_every_error_about_what_may_be_lost_says_what_to_change() -> None:
    assert sum(len(list(taught(path.read_text()))) for path in OURS) > 80
    assert [line for path in OURS for line in named(path, without_change(path.read_text()))] == []


def test_no_error_gives_a_reason_for_what_to_change() -> None:
    assert [line for path in JOBS for line in named(path, with_another_s_words(path.read_text()))] == []


def test_commands_and_runbooks_that_they_name_exist() -> None:
    text = "".join(path.read_text() for path in OURS)
    calls, runbooks = set(re.findall(r"`mlops ([^`\n]+)`", text)), set(re.findall(r"docs/runbooks/([a-z-]+\.md)", text))
    assert min(len(calls), len(runbooks)) > 5
    assert [problem for call in calls for problem in mlops_problems(call.split())] == []
    assert runbooks - {path.name for path in RUNBOOKS.iterdir()} == set()


def test_an_error_without_a_change_or_with_a_reason_for_it_is_found() -> None:
    source = "from jobs.errors import DataError, explain\nraise explain(e) or DataError('x', change={})\nDataError('x')"
    assert without_change(source) == [3]
    assert [with_another_s_words(source.format(each)) for each in ("str(error)", "f'{error}'", "'look at error'")] == [
        [2], [2], [],
    ]  # fmt: skip
