from __future__ import annotations

import json
from pathlib import Path

import pytest

from jobs.checks import started
from jobs.checks.selections import HEALTH, POSTFLIGHT_ON_KUBERNETES, PREFLIGHT, VALIDATE
from tests.jobs.checks.platform import Platform
from tests.jobs.support import example, free_port, mlops


@pytest.fixture
def instance(fake: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The fake platform as this machine's instance, which has no store."""
    folder = tmp_path / "instances" / "local"
    folder.mkdir(parents=True)
    (folder / "outputs.json").write_text(json.dumps(fake.outputs))
    (folder / "kubeconfig").write_text(fake.kubeconfig.read_text())
    monkeypatch.setenv("MLOPS_CACHE", str(tmp_path))
    # This process has been there for longer than a command may take, and may be kept waiting for longer, too.
    monkeypatch.setattr(started, "elapsed", lambda: -60.0)
    return folder


@pytest.mark.usefixtures("instance")
def test_health_is_0_and_has_a_line_for_every_part() -> None:
    said = example("health")
    assert said.code == 0, said.out
    assert [one["name"] for one in said.json["checks"]] == [check.name for check in HEALTH]
    # Without a bucket there is no store to ask.
    assert {one["name"] for one in said.json["checks"] if one["state"] == "skipped"} == {"store, direct"}


@pytest.mark.usefixtures("instance")
def test_health_is_1_names_the_part_that_is_bad_and_says_what_to_do(fake: Platform) -> None:
    fake.alerts(("DatabaseDown", "P1"))
    fake.pages["/ready"] = (503, {"ready": False, "database": "OperationalError", "auth": "ok", "store": "ok"})
    said = mlops("health")
    assert said.code == 1
    assert "database: database: OperationalError\n  change:  look at the database's pod" in said.out
    assert "alerts: P1 DatabaseDown: DatabaseDown happened\n  change:  docs/runbooks" in said.out
    as_json = mlops("health", "--json").json
    assert as_json["ok"] is False
    assert {one["name"] for one in as_json["checks"] if one["state"] == "bad"} == {"database", "serving", "alerts"}


def test_health_of_what_does_not_answer_is_bad(instance: Path) -> None:
    (instance / "outputs.json").write_text(json.dumps({"trackingUri": f"http://127.0.0.1:{free_port()}"}))
    said = mlops("health", "--json")
    assert said.code == 1
    assert "refused" in said.json["checks"][0]["says"]


@pytest.mark.usefixtures("instance")
@pytest.mark.parametrize(("gone", "parts_have"), [(0.9, 2.0), (30.0, 1.5)])
def test_what_health_took_to_start_is_part_of_its_three_seconds_and_parts_have_their_time_in_any_case(
    gone: float, parts_have: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(started, "elapsed", lambda: gone)
    asked: list[float] = []
    monkeypatch.setattr("jobs.commands.health.answer", lambda *given: asked.append(given[2]))

    mlops("health")

    assert asked == [pytest.approx(parts_have)]


def test_without_a_platform_health_says_what_to_do() -> None:
    said = mlops("health")
    assert (said.code, "make up" in said.err) == (2, True)


@pytest.mark.usefixtures("instance")
def test_validate_tells_every_check_and_is_1_when_one_is_bad() -> None:
    said = mlops("validate", "--json")
    assert said.code == 1
    assert [one["name"] for one in said.json["checks"]] == [check.name for check in VALIDATE]
    found = {one["name"]: one for one in said.json["checks"]}
    assert {found[one]["state"] for one in ("function", "endpoint")} == {"skipped"}
    assert any("no output databaseHost" in line for line in found["outputs"]["details"])


@pytest.mark.parametrize("selection", [HEALTH, VALIDATE, PREFLIGHT, POSTFLIGHT_ON_KUBERNETES])
def test_every_check_has_a_name_of_its_own_and_says_what_it_proves(selection: tuple[object, ...]) -> None:
    names = [check.name for check in selection]  # type: ignore[attr-defined]
    assert len(set(names)) == len(names)
    assert all(check.proves.endswith(".") for check in selection)  # type: ignore[attr-defined]
