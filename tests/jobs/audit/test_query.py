from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jobs.audit.query import ABANDONED, ADOPTED, INTENDED, MOVED, aliases, differences, open_intents, until
from jobs.audit.store import FolderStore
from jobs.audit.trail import Trail
from tests.jobs.support import example, mlops

NOON = datetime(2020, 11, 20, 12, tzinfo=UTC)
SUBJECT = "m@champion"


class Hours:
    """A clock that goes on by an hour with each entry."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        self.now += timedelta(hours=1)
        return self.now


def move(trail: Trail, to: str, **facts: Any) -> int:
    intent = trail.append(INTENDED, SUBJECT, to=to, **facts)
    return trail.append(MOVED, SUBJECT, to=to, intent=intent.seq, **facts).seq


@pytest.fixture
def trail(tmp_path: Path) -> Trail:
    """Version 1 from 14:00 on, 2 from 16:00 on, back to 1 from 18:00 on."""
    trail = Trail(FolderStore(tmp_path / "trail"), "test", Hours())
    move(trail, "1", why="promotion: first")
    move(trail, "2", **{"from": "1", "kept_as": "previous-champion", "why": "promotion: passed"})
    move(trail, "1", **{"from": "2", "why": "rollback"})
    return trail


@pytest.mark.parametrize(
    ("hour", "version"), [(13, None), (14, "1"), (15, "1"), (16, "2"), (17, "2"), (18, "1"), (30, "1")]
)
def test_at_every_time_it_knows_what_was_in_production(trail: Trail, hour: int, version: str | None) -> None:
    standing = aliases(until(trail.entries(), NOON + timedelta(hours=hour - 12)))
    named = standing.get(SUBJECT)
    assert (named.version if named else None) == version
    kept = standing.get("m@previous-champion")
    assert (kept.version if kept else None) == ("1" if hour >= 16 else None)


def test_a_registry_that_stands_otherwise_is_told_alias_by_alias(trail: Trail) -> None:
    live = {SUBJECT: "1", "m@previous-champion": "1"}
    assert differences(trail.entries(), live, {}) == []
    assert differences(trail.entries(), live | {SUBJECT: "2"}, {}) == [
        "m@champion names version 2, the trail says version 1 (entry 6)"
    ]
    assert differences(trail.entries(), {}, {})[0].startswith("m@champion names nothing, the trail says version 1")
    assert differences(trail.entries(), live | {"other@champion": "9"}, {}) == [
        "other@champion names version 9, the trail says nothing"
    ]


def test_what_a_person_adopts_stands_also_when_an_alias_is_gone(trail: Trail) -> None:
    trail.append(ADOPTED, SUBJECT, **{"from": "1", "to": None, "reason": "removed"})
    assert SUBJECT not in aliases(trail.entries())
    assert differences(trail.entries(), {"m@previous-champion": "1"}, {}) == []


def test_a_move_ended_by_another_counts_once_however_late_its_writer_tells_it(trail: Trail) -> None:
    slow = trail.append(INTENDED, SUBJECT, to="7")
    assert open_intents(trail.entries()) == [slow]
    trail.append(MOVED, SUBJECT, to="7", intent=slow.seq)
    move(trail, "8")
    trail.append(MOVED, SUBJECT, to="7", intent=slow.seq)
    assert aliases(trail.entries())[SUBJECT].version == "8"
    given_up = trail.append(INTENDED, SUBJECT, to="9")
    trail.append(ABANDONED, SUBJECT, intent=given_up.seq)
    trail.append(MOVED, SUBJECT, to="9", intent=given_up.seq)
    assert aliases(trail.entries())[SUBJECT].version == "8"
    assert open_intents(trail.entries()) == []


def test_an_anchor_that_the_trail_does_not_have_is_told_with_its_place(trail: Trail) -> None:
    live = {SUBJECT: "1", "m@previous-champion": "1"}
    good = trail.entries()[-1].anchor
    assert differences(trail.entries(), live, {"m/1": good}) == []
    assert differences(trail.entries()[:-2], {SUBJECT: "2", "m@previous-champion": "1"}, {"m/1": good}) == [
        "m/1 was recorded by entry 6, which the trail does not have as it was"
    ]
    assert len(differences(trail.entries(), live, {"m/1": f"6:{'0' * 64}"})) == 1


@pytest.fixture
def here(trail: Trail, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Trail:
    monkeypatch.setenv("MLOPS_AUDIT", str(tmp_path / "trail"))
    return trail


@pytest.mark.usefixtures("here")
def test_at_answers_who_made_it_so_and_why() -> None:
    said = mlops("audit", "at", "2020-11-20T16:30Z", "--json").json["aliases"][SUBJECT]
    assert (said["version"], said["why"], said["entry"]) == ("2", "promotion: passed", 4)
    assert mlops("audit", "at", "2020-11-20T17:30+01:00", "--json").json["aliases"][SUBJECT]["version"] == "2"
    assert "rollback" in mlops("audit", "at", "2020-11-21T00:00Z").out
    nothing = mlops("audit", "at", "2020-11-20T12:00Z")
    assert (nothing.code, nothing.out) == (0, "at 2020-11-20 12:00:00 UTC no alias named a version\n")
    assert example("audit at").out.splitlines()[1].split()[:3] == ["m@champion", "1", "2020-11-20T18:00:00"]


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("text", ["yesterday", "2026-13-01T12:00Z", "2026-11-20T12:00", "12:00"])
def test_what_is_no_time_is_refused_with_what_is(text: str) -> None:
    for arguments in (("at", text), ("list", "--since", text)):
        said = mlops("audit", *arguments)
        assert (said.code, "2026-11-20T12:00Z" in said.err) == (2, True)


@pytest.mark.usefixtures("here")
def test_list_filters_by_model_alias_action_and_time_and_show_has_everything() -> None:
    assert example("audit list").out.count("alias.") == 6
    assert [one["seq"] for one in mlops("audit", "list", "--action", "alias.moved", "--json").json] == [2, 4, 6]
    assert mlops("audit", "list", "--action", "ali", "--json").json == []
    assert len(mlops("audit", "list", "--subject", "m", "--limit", "2", "--json").json) == 2
    assert mlops("audit", "list", "--subject", "m@challenger", "--json").json == []
    assert [one["seq"] for one in mlops("audit", "list", "--since", "2020-11-20T17:00Z", "--json").json] == [5, 6]
    assert '"sha256"' in example("audit show").out
    beyond = mlops("audit", "show", "7")
    assert (beyond.code, "1 … 6" in beyond.err) == (2, True)


def test_verify_ends_with_1_and_the_broken_entry_and_without_a_trail_with_2(here: Trail, tmp_path: Path) -> None:
    head = here.entries()[-1].anchor
    good = mlops("audit", "verify", "--json")
    assert (good.code, good.json["entries"], good.json["head"], good.json["problems"]) == (0, 6, head, [])
    path = tmp_path / "trail" / "000000000003.json"
    path.write_text(path.read_text().replace('"to":"2"', '"to":"3"'))
    bad = mlops("audit", "verify")
    assert (bad.code, "entry 3: was changed" in bad.out) == (1, True)
    assert mlops("audit", "list").code == 1


@pytest.mark.usefixtures("registry")
def test_the_examples_that_ask_the_registry_work_as_shown() -> None:
    assert example("audit adopt").code == 0
    said = example("audit verify")
    assert (said.code, " 0 problems" in said.out) == (0, True), said.out


def test_without_a_trail_every_command_says_what_to_set() -> None:
    for arguments in (("verify",), ("list",), ("show", "1"), ("at", "2020-11-20T12:00Z")):
        said = mlops("audit", *arguments)
        assert (said.code, "MLOPS_AUDIT" in said.err) == (2, True)
