from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from jobs.audit.trail import Trail
from jobs.registry.upkeep import to_archive
from jobs.registry.versions import Version
from tests.jobs.registry.test_registry import FORCED, MODEL, shown
from tests.jobs.support import example, mlops

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def version(number: int, days: int, *aliases: str, **tags: str) -> Version:
    created = int((NOW - timedelta(days=days)).timestamp() * 1000)
    return Version("m", str(number), aliases, None, "", created, {key.replace("_", "."): tags[key] for key in tags})


def actions() -> list[str]:
    return [entry.action for entry in Trail.open().entries()]


def test_old_versions_without_alias_are_archived_and_no_others() -> None:
    versions = [
        version(1, 100), version(2, 100, "champion"), version(3, 100, "previous-champion"), version(4, 90),
        version(5, 89), version(6, 100, mlops_archived="2026-01-01"), version(7, 91),
    ]  # fmt: skip
    assert [one.version for one in to_archive(versions, timedelta(days=90), NOW)] == ["1", "7"]


@pytest.mark.usefixtures("registry")
def test_a_tag_is_set_replaced_and_removed_and_each_change_is_in_the_trail_once() -> None:
    assert example("models tag").code == 0
    assert shown()["tags"]["reviewed-by"] == "ada"
    entries = Trail.open().entries()
    assert entries[-1].facts == {"before": {"reviewed-by": None}, "after": {"reviewed-by": "ada"}}
    assert example("models tag").code == 0
    assert len(Trail.open().entries()) == len(entries)
    assert mlops("models", "tag", MODEL, "@champion", "reviewed-by=").code == 0
    assert "reviewed-by" not in shown()["tags"]
    assert Trail.open().entries()[-1].facts["before"] == {"reviewed-by": "ada"}


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize(
    "text", ["mlops.bundle_sha256=0", "mlops.archived=", "mlflow.user=x", "no-sign", "=value", " =x"]
)
def test_a_tag_of_programs_or_without_a_key_is_refused_and_nothing_changes(text: str) -> None:
    before = shown()
    said = mlops("models", "tag", MODEL, "@champion", "fine=1", text)
    assert said.code == 2
    assert shown() == before


@pytest.mark.usefixtures("registry")
def test_a_note_is_shown_and_the_trail_keeps_the_one_before() -> None:
    assert example("models note").code == 0
    assert "trained without the customers of May" in mlops("models", "show", MODEL, "@champion").out
    assert mlops("models", "note", MODEL, "@champion", "").code == 0
    assert Trail.open().entries()[-1].facts["before"] == "trained without the customers of May"
    assert mlops("models", "note", MODEL, "@champion", "x" * 4001).code == 2


@pytest.mark.usefixtures("registry")
def test_archive_only_lists_until_told_and_an_archived_version_is_not_promoted_until_restored() -> None:
    assert example("models archive").out == f"{MODEL}: 0 versions would be archived; --apply does it\n"
    before = actions()
    assert "2" in mlops("models", "archive", MODEL, "--older-than", "0s", "--json").json["versions"]
    assert actions() == before
    done = mlops("models", "archive", MODEL, "--older-than", "0s", "--apply", "--json").json
    assert "2" in done["versions"]
    assert "1" not in done["versions"]
    assert "mlops.archived" not in shown("1")["tags"]
    assert mlops("models", "archive", MODEL, "--older-than", "0s", "--apply", "--json").json["versions"] == []
    said = mlops("models", "promote", MODEL, "--version", "2", *FORCED)
    assert (said.code, "the version is archived" in said.err) == (1, True)
    assert shown()["version"] == "1"
    for number in done["versions"]:
        assert mlops("models", "restore", MODEL, number).code == 0
    assert example("models restore").code == 0
    assert "mlops.archived" not in shown("2")["tags"]
    assert mlops("models", "archive", MODEL, "--older-than", "soon").code == 2


@pytest.mark.usefixtures("registry")
def test_a_version_or_model_that_does_not_exist_is_refused_with_what_exists() -> None:
    for arguments in (("tag", MODEL, "99", "a=b"), ("note", MODEL, "@nobody", "x"), ("restore", MODEL, "99")):
        said = mlops("models", *arguments)
        assert (said.code, "@champion" in said.err) == (1, True)
    assert MODEL in mlops("models", "archive", "nothing").err
