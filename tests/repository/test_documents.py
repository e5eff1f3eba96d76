"""What documents say exists: links, make targets, commands and their options."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from jobs.cli import app
from jobs.commands.defaulting import WithShow
from tests.repository.documents import DOCUMENTS, ROOT, commands, links

TARGETS = frozenset(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.M))
VARIABLES = frozenset({"INSTANCE", "STACK", "OUTPUT", "BARE", "FORGET", "PURGE", "UPGRADE", "WRITE"})
DOCUMENT_IDS = [path.relative_to(ROOT).as_posix() for path in DOCUMENTS]


def make_problems(words: list[str]) -> list[str]:
    """Targets and variables of one `make …` that the Makefile does not have."""
    found = []
    for word in (word for word in words if not word.startswith("-")):
        name, is_variable, _ = word.partition("=")
        if is_variable and name not in VARIABLES:
            found.append(f"no variable {name}")
        if not is_variable and not set(word.split("/")) <= TARGETS:
            found.append(f"no target {word}")
    return found


def mlops_problems(words: list[str]) -> list[str]:
    """What of one `mlops …` the command does not have. `…` and the like end it."""
    command = get_command(app)
    path = ["mlops"]
    rest = list(words)
    while isinstance(command, TyperGroup):
        rest = command.completed(rest) if isinstance(command, WithShow) else rest
        if not rest or not re.fullmatch("[a-z][a-z0-9-]*", rest[0]):
            break
        word = rest.pop(0)
        if word not in command.commands:
            return [f"`{' '.join(path)}` has no command {word}"]
        command, path = command.commands[word], [*path, word]
    known = {"--help"} | {name for parameter in command.params for name in parameter.opts + parameter.secondary_opts}
    options = [word.partition("=")[0] for word in rest if word.startswith("-")]
    return [f"`{' '.join(path)}` has no option {option}" for option in options if option not in known]


@pytest.mark.parametrize("document", DOCUMENTS, ids=DOCUMENT_IDS)
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    assert [target for target in links(document) if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=DOCUMENT_IDS)
def test_every_make_target_and_variable_exists(document: Path) -> None:
    problems = [problem for words in commands(document, "make") for problem in make_problems(words)]
    assert problems == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=DOCUMENT_IDS)
def test_every_mlops_command_exists_with_its_options(document: Path) -> None:
    problems = [problem for words in commands(document, "mlops") for problem in mlops_problems(words)]
    assert problems == []


def test_a_target_a_variable_a_command_or_an_option_that_does_not_exist_is_found() -> None:
    assert make_problems(["-s", "launch", "WHERE=here"]) == ["no target launch", "no variable WHERE"]
    assert mlops_problems(["models", "demote"]) == ["`mlops models` has no command demote"]
    assert mlops_problems(["models", "promote", "--best"]) == ["`mlops models promote` has no option --best"]
    assert mlops_problems(["models", "promote", "churn-classifier", "--version", "N"]) == []
    assert mlops_problems(["logs", "mlflow", "--follow"]) == []
    assert mlops_problems(["logs", "--follow", "--best"]) == ["`mlops logs show` has no option --best"]


def test_commands_are_found_in_blocks_in_sentences_and_in_substitutions(tmp_path: Path) -> None:
    document = tmp_path / "a.md"
    document.write_text(
        'Say `mlops health`.\n\n    make up  # starts\n\n```sh run\neval "$(./mlops env)" && make status\n```\n'
    )
    assert sorted(commands(document, "mlops")) == [["env"], ["health"]]
    assert sorted(commands(document, "make")) == [["status"], ["up"]]
