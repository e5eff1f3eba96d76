"""Any rollout ends whole: with the new version or with the stable one, wherever its process dies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jobs.deployment.figures import Side
from jobs.deployment.ledger import Ledger
from jobs.deployment.policy import STRATEGIES, Strategy
from jobs.deployment.record import Decision, Driver, Outcome
from jobs.deployment.run import SupersededError, begin, end_without, resume, roll_back
from tests.jobs.deployment.world import (
    MODEL,
    NEW,
    NOW,
    POLICY,
    STABLE,
    Colours,
    Killed,
    World,
    failing,
    order,
    silent,
    slow,
    well,
    wrong,
)

SERVED = {
    "weights": {"blue": 0, "green": 100}, "mirror": 0, "replicas": {"blue": 0, "green": 3},
    "aliases": {"champion": NEW}, "said": [("rollout.served", MODEL)],
}  # fmt: skip
BACK = {
    "weights": {"blue": 100, "green": 0}, "mirror": 0, "replicas": {"blue": 3, "green": 0},
    "aliases": {"champion": STABLE}, "said": [("rollout.rolled-back", MODEL)],
}  # fmt: skip
ENDING: tuple[Strategy, ...] = ("canary", "blue-green", "rolling")
BAD: dict[str, Callable[[World], Side]] = {"failing": failing, "slow": slow, "wrong": wrong}


@pytest.mark.parametrize("strategy", ENDING)
def test_a_good_version_gets_all_traffic_and_the_alias(tmp_path: Path, strategy: Strategy) -> None:
    world = World(str(tmp_path))
    outcome = begin(world.desk(), Colours(world), order(strategy))
    assert outcome.result == "served"
    assert world.standing() == SERVED
    weights = [one["green"] for one in world.seen]
    assert weights == sorted(weights)
    assert weights[-1] == 100


@pytest.mark.parametrize("strategy", ENDING)
@pytest.mark.parametrize("kind", BAD)
def test_a_bad_version_is_rolled_back_in_its_first_judged_step(tmp_path: Path, strategy: Strategy, kind: str) -> None:
    world = World(str(tmp_path), behaves=BAD[kind])
    outcome = begin(world.desk(), Colours(world), order(strategy))
    assert outcome.result == "rolled-back"
    assert outcome.seconds == 0
    assert world.standing() == BACK
    rollout = Ledger(world.desk().ledger.shelf).rollout(MODEL, "k8s", 1)
    assert [mark.verdict for mark in rollout.marks if order(strategy).steps[mark.step].judged] == ["fail"]
    last = rollout.marks[-1]
    assert last.seconds < order(strategy).steps[last.step].seconds


def test_a_version_that_does_not_load_gets_no_request(tmp_path: Path) -> None:
    world = World(str(tmp_path), loads=False)
    outcome = begin(world.desk(), Colours(world), order())
    assert outcome.result == "rolled-back"
    assert "do not get ready" in outcome.reason
    assert world.standing() == BACK
    assert all(one["green"] == 0 for one in world.seen)


@pytest.mark.parametrize(("inconclusive", "expected"), [("roll-back", BACK), ("go-on", SERVED)])
def test_a_step_without_requests_ends_as_the_policy_says(tmp_path: Path, inconclusive: str, expected: Any) -> None:
    world = World(str(tmp_path), behaves=silent)
    policy = POLICY.model_copy(update={"inconclusive": inconclusive})
    outcome = begin(world.desk(), Colours(world), order(policy=policy))
    assert world.standing() == expected
    if expected is BACK:
        assert "0 requests of the new side are too few" in outcome.reason
        assert (world.now - NOW).total_seconds() == 10


def test_a_shadow_moves_no_weight_and_no_alias_whatever_it_sees(tmp_path: Path) -> None:
    for number, behaves in enumerate((BAD["wrong"], lambda _: Side()), 1):
        world = World(str(tmp_path), behaves=behaves)
        outcome = begin(world.desk(), Colours(world), order("shadow", number=number))
        assert outcome.result == "reported"
        assert world.standing() == BACK | {"said": [("rollout.reported", MODEL)]}
        assert (world.now - NOW).total_seconds() >= 8
        assert all(one == {"blue": 100, "green": 0} for one in world.seen)


def deaths(folder: Path, strategy: Strategy, behaves: Callable[[World], Side]) -> int:
    """In how many places such a rollout can die."""
    world = World(str(folder / "whole"), behaves=behaves)
    begin(world.desk(), Colours(world), order(strategy))
    return world.ticks


def killed(folder: Path, strategy: Strategy, behaves: Callable[[World], Side], at: int) -> World:
    world = World(str(folder / str(at)), dies_at=at, behaves=behaves)
    with pytest.raises(Killed):
        begin(world.desk(), Colours(world), order(strategy))
    world.dies_at = None
    return world


def claimed(world: World) -> bool:
    return Ledger(world.desk().ledger.shelf).last(MODEL, "k8s") is not None


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("behaves", [well, failing], ids=["good", "failing"])
def test_a_rollout_that_died_anywhere_is_resumed_to_the_same_end(
    tmp_path: Path, strategy: Strategy, behaves: Callable[[World], Side]
) -> None:
    whole = World(str(tmp_path / "same"), behaves=behaves)
    begin(whole.desk(), Colours(whole), order(strategy))
    for at in range(1, deaths(tmp_path, strategy, behaves) + 1):
        world = killed(tmp_path, strategy, behaves, at)
        assert sum(world.weights.values()) == 100
        assert all(world.serves(side) for side, weight in world.weights.items() if weight)
        if not claimed(world):
            assert world.standing() == World("").standing()
            continue
        resume(world.desk(), Colours(world), order(strategy))
        assert world.standing() == whole.standing(), at


@pytest.mark.parametrize("strategy", ENDING)
def test_a_rollout_that_died_anywhere_is_rolled_back_or_was_decided_before(tmp_path: Path, strategy: Strategy) -> None:
    results = []
    for at in range(1, deaths(tmp_path, strategy, well) + 1):
        world = killed(tmp_path, strategy, well, at)
        if not claimed(world):
            continue
        try:
            results.append(roll_back(world.desk(), Colours(world), order(strategy), "enough").result)
            assert world.standing() == BACK
        except SupersededError:
            results.append("served")
            assert world.standing() == SERVED
    assert results.index("served") == results.count("rolled-back")
    assert results.count("rolled-back") > results.count("served")


def test_a_rollout_dies_again_and_again_and_still_ends(tmp_path: Path) -> None:
    world = World(str(tmp_path))
    lives = 0
    while True:
        world.dies_at = world.ticks + 20
        lives += 1
        try:
            if not claimed(world):
                begin(world.desk(), Colours(world), order())
            else:
                resume(world.desk(), Colours(world), order())
        except Killed:
            continue
        break
    assert lives > 2
    assert world.standing() == SERVED


def test_a_promotion_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    world = World(str(tmp_path))

    def promoted(_: World) -> Side:
        world.aliases["champion"] = "3"
        return well(world)

    world.behaves = promoted
    outcome = begin(world.desk(), Colours(world), order())
    assert outcome.result == "rolled-back"
    assert "moved to version 3 meanwhile" in outcome.reason
    assert world.standing() == BACK | {"aliases": {"champion": "3"}}


def test_whoever_was_taken_over_stops_before_it_moves_traffic(tmp_path: Path) -> None:
    world = World(str(tmp_path))
    desk = world.desk()

    def taken_over(_: World) -> Side:
        desk.ledger.drive(order(), Driver(number=2, actor="other", time=NOW))
        return Side()

    world.behaves = taken_over
    with pytest.raises(SupersededError, match="another driver"):
        begin(desk, Colours(world), order())
    assert world.weights == {"blue": 95, "green": 5}
    world.behaves = well
    assert resume(desk, Colours(world), order()).result == "served"


def test_of_two_that_begin_at_once_one_does(tmp_path: Path) -> None:
    world = World(str(tmp_path))
    assert world.desk().ledger.claim(order())
    with pytest.raises(SupersededError, match="began at the same moment"):
        begin(world.desk(), Colours(world), order())
    assert world.weights == {"blue": 100, "green": 0}


def test_what_has_ended_is_only_told_again(tmp_path: Path) -> None:
    world = World(str(tmp_path))
    first = begin(world.desk(), Colours(world), order())
    before, seen = world.standing(), list(world.seen)
    assert resume(world.desk(), Colours(world), order()) == first
    with pytest.raises(SupersededError, match="it is served"):
        roll_back(world.desk(), Colours(world), order(), "too late")
    assert world.standing() == before
    assert world.seen == seen
    assert isinstance(first, Outcome)


@pytest.mark.parametrize(("dies", "expected"), [("in a step", STABLE), ("after its decision", NEW)])
def test_a_rollout_whose_place_is_gone_ends_in_the_record_alone(tmp_path: Path, dies: str, expected: str) -> None:
    world = World(str(tmp_path))
    desk = world.desk()
    if dies == "in a step":
        world.dies_at = 20
        with pytest.raises(Killed):
            begin(desk, Colours(world), order())
        world.dies_at = None
    else:
        assert desk.ledger.claim(order())
        desk.ledger.decide(order(), Decision(kept="new", reason="well", steps=9, actor="a", time=NOW))
    standing = dict(world.weights), dict(world.replicas)
    outcome = end_without(world.desk(), order(), "the endpoint was deleted")
    assert outcome.result == ("rolled-back" if expected == STABLE else "served")
    assert (dict(world.weights), dict(world.replicas)) == standing
    assert world.aliases["champion"] == expected
    assert end_without(world.desk(), order(), "again") == outcome
    assert [action for action, _, _ in world.said] == [f"rollout.{outcome.result}"]


def test_a_rollout_is_one_entry_of_the_trail_with_its_figures(tmp_path: Path) -> None:
    world = World(str(tmp_path), behaves=failing)
    begin(world.desk(), Colours(world), order())
    (_, _, facts) = world.said[0]
    assert facts["number"] == 1
    assert (facts["version"], facts["stable"], facts["target"]) == (NEW, STABLE, "k8s")
    assert facts["steps"][0]["errors"] * 2 == facts["steps"][0]["requests"]
    assert facts["seconds"] == 0
    assert "errors" in facts["reason"]
