"""Runbooks, alerts and operations belong together."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.observability.rules import ALERTS
from tests.repository.documents import ROOT, RUN, RUNBOOKS, blocks, links, runnable

INDEX = RUNBOOKS / "README.md"
PAGES = sorted(path for path in RUNBOOKS.glob("*.md") if path != INDEX)
OF_ALERTS = {ROOT / alert.runbook: alert for alert in ALERTS}
HEADINGS = ["## What it means", "## How to see it", "## What to do", "## How to know it is over"]
INFO_STRINGS = {"sh", RUN, "yaml", "python"}


def _listed(section: str) -> list[str]:
    """Pages that a section of the index links to."""
    text = INDEX.read_text().split(f"## {section}\n")[1].split("\n## ")[0]
    return [line.split("](")[1].rstrip(")") for line in text.splitlines() if line.startswith("- [")]


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_every_alert_has_a_runbook_that_names_it_and_its_severity(alert: object) -> None:
    path = next(path for path, known in OF_ALERTS.items() if known is alert)
    assert path.read_text().splitlines()[0] == f"# {OF_ALERTS[path].name} ({OF_ALERTS[path].severity.value})"


@pytest.mark.parametrize("page", OF_ALERTS, ids=lambda page: page.stem)
def test_every_page_of_an_alert_has_commands_that_tests_run(page: Path) -> None:
    run = {line for block in blocks(page) if block.info == RUN for line in block.text.splitlines()}

    assert run - {'eval "$(make -s env)"'}, page


def test_the_index_lists_every_runbook_once_as_alert_or_as_operation() -> None:
    alerts, operations = _listed("Alerts"), _listed("Operations")
    assert sorted(alerts) == sorted(path.name for path in OF_ALERTS)
    assert sorted(operations) == sorted(path.name for path in PAGES if path not in OF_ALERTS)
    assert len(set(operations)) == len(operations)
    assert sorted(links(INDEX)) == sorted(alerts + operations)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_runbook_says_what_it_means_how_to_see_it_what_to_do_and_when_it_is_over(page: object) -> None:
    text = next(path for path in PAGES if path == page).read_text()
    assert [line for line in text.splitlines() if line.startswith("## ")] == HEADINGS


def test_every_block_says_what_it_is_and_no_command_stands_outside_one() -> None:
    for page in (INDEX, *PAGES):
        assert {block.info for block in blocks(page)} <= INFO_STRINGS, page
        assert "\nexport " not in page.read_text(), page
        assert page.read_text().count("\n```") == 2 * len(blocks(page)), page


def test_a_block_that_tests_run_has_nothing_to_fill_in() -> None:
    for block in runnable():
        assert not {"NAME", "NAMESPACE", "PATH", "CONFIG", "N"} & set(block.text.split()), block
